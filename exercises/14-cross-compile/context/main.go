package main

import (
	"os"
	"runtime"
)

func main() {
	os.Stdout.WriteString("Buoy " + name + " reports from " + runtime.GOOS + "/" + runtime.GOARCH + "\n")
}
