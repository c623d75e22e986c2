// go run publish.go FROM TO: packs every module below FROM and writes the proxy's files to TO.
//
// A module is a folder NAME@VERSION. A file DATA.size in it stands for DATA, which is as many
// bytes of noise: always the same ones, and none that an archive makes smaller.
//
// Source: go.dev/ref/mod, "GOPROXY protocol" and "Module zip files".
package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	domain    = "skerry.lab"
	published = "2025-06-15T12:00:00Z"
)

func main() {
	folders, err := filepath.Glob(filepath.Join(os.Args[1], "*@*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, folder := range folders {
		if err := publish(folder, os.Args[2]); err != nil {
			log.Fatal(err)
		}
	}
}

func publish(folder, to string) error {
	name, version, _ := strings.Cut(filepath.Base(folder), "@")
	module := domain + "/" + name
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return err
	}
	proxy := filepath.Join(to, module)
	versions := filepath.Join(proxy, "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		return err
	}
	info := fmt.Sprintf("{\"Version\":%q,\"Time\":%q}\n", version, published)
	files := map[string]string{
		filepath.Join(proxy, "@latest"):         info,
		filepath.Join(versions, "list"):         version + "\n",
		filepath.Join(versions, version+".info"): info,
		filepath.Join(versions, version+".mod"):  string(mod),
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return pack(folder, module+"@"+version, filepath.Join(versions, version+".zip"))
}

func pack(folder, prefix, path string) error {
	archive, err := os.Create(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	writer := zip.NewWriter(archive)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		name, isNoise := strings.CutSuffix(entry.Name(), ".size")
		if isNoise {
			size, err := strconv.Atoi(strings.TrimSpace(string(content)))
			if err != nil {
				return err
			}
			content = noise(name, size)
		}
		// Not compressed: what a compressor makes may change with the next version of Go.
		file, err := writer.CreateHeader(&zip.FileHeader{Name: prefix + "/" + name})
		if err != nil {
			return err
		}
		if _, err := file.Write(content); err != nil {
			return err
		}
	}
	return writer.Close()
}

func noise(name string, size int) []byte {
	bytes := make([]byte, size)
	// A cipher whose output is a part of its specification; Read never fails.
	rand.NewChaCha8(sha256.Sum256([]byte(name))).Read(bytes)
	return bytes
}
