// A Dockerfile front end that hands the build on to the one built into BuildKit.
//
// BuildKit runs a front end's image and speaks gRPC with it: HTTP/2 without TLS, on
// standard input and output. Two calls are enough to forward a build: Solve, with
// the front end's name and the options from the environment, and Return, with
// Solve's own answer. The messages are encoded by hand because they are that few.
//
// Source: moby/buildkit, frontend/gateway/pb/gateway.proto; gRPC over HTTP/2.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	service    = "http://buildkit/moby.buildkit.v1.frontend.LLBBridge/"
	optionVars = "BUILDKIT_FRONTEND_OPT_"
	forwardTo  = "dockerfile.v0"
)

// Field numbers of gateway.proto.
const (
	solveFrontend            = 2
	solveFrontendOpt         = 3
	solveAllowResultReturn   = 5
	solveAllowResultArrayRef = 6
	solveResponseResult      = 3
	returnResult             = 1
	returnError              = 2
	mapKey                   = 1
	mapValue                 = 2
)

func main() {
	if err := forward(); err != nil {
		fmt.Fprintln(os.Stderr, "front end:", err)
		os.Exit(1)
	}
}

func forward() error {
	client := stdioClient()
	answer, status, err := call(client, "Solve", solveRequest(os.Environ()))
	if err != nil {
		return err
	}
	var reply []byte
	if status != nil {
		// The whole status, with the position in the Dockerfile among its details.
		reply = appendBytes(nil, returnError, status)
	} else {
		reply = appendBytes(nil, returnResult, field(answer, solveResponseResult))
	}
	_, status, err = call(client, "Return", reply)
	if err == nil && status != nil {
		err = fmt.Errorf("BuildKit refused the result")
	}
	return err
}

func solveRequest(environment []string) []byte {
	request := appendBytes(nil, solveFrontend, []byte(forwardTo))
	for _, variable := range environment {
		if !strings.HasPrefix(variable, optionVars) {
			continue
		}
		// BUILDKIT_FRONTEND_OPT_n=key=value
		_, option, _ := strings.Cut(variable, "=")
		key, value, _ := strings.Cut(option, "=")
		entry := appendBytes(nil, mapKey, []byte(key))
		entry = appendBytes(entry, mapValue, []byte(value))
		request = appendBytes(request, solveFrontendOpt, entry)
	}
	request = appendTrue(request, solveAllowResultReturn)
	return appendTrue(request, solveAllowResultArrayRef)
}

// call makes one unary gRPC call. A status other than OK comes back as the bytes of
// google.rpc.Status; an error means that the call itself did not work.
func call(client *http.Client, method string, message []byte) (answer, status []byte, err error) {
	frame := make([]byte, 5, 5+len(message))
	binary.BigEndian.PutUint32(frame[1:], uint32(len(message)))
	request, err := http.NewRequest(http.MethodPost, service+method, bytes.NewReader(append(frame, message...)))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, nil, err
	}
	// A call that fails at once has its status in the header, not in the trailer.
	trailer := response.Trailer
	if trailer.Get("Grpc-Status") == "" {
		trailer = response.Header
	}
	switch trailer.Get("Grpc-Status") {
	case "0":
		if len(body) < 5 {
			return nil, nil, nil
		}
		return body[5:], nil, nil
	case "":
		return nil, nil, fmt.Errorf("%s: HTTP status %s without a gRPC status", method, response.Status)
	}
	details := strings.TrimRight(trailer.Get("Grpc-Status-Details-Bin"), "=")
	status, err = base64.RawStdEncoding.DecodeString(details)
	if err != nil || len(status) == 0 {
		return nil, nil, fmt.Errorf("%s: %s", method, trailer.Get("Grpc-Message"))
	}
	return nil, status, nil
}

// stdioClient is an HTTP/2 client whose only connection is standard input and output.
func stdioClient() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{
		Protocols: protocols,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return stdio{}, nil
		},
	}}
}

type stdio struct{}

func (stdio) Read(b []byte) (int, error)       { return os.Stdin.Read(b) }
func (stdio) Write(b []byte) (int, error)      { return os.Stdout.Write(b) }
func (stdio) Close() error                     { return nil }
func (stdio) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "stdio", Net: "unix"} }
func (stdio) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "stdio", Net: "unix"} }
func (stdio) SetDeadline(time.Time) error      { return nil }
func (stdio) SetReadDeadline(time.Time) error  { return nil }
func (stdio) SetWriteDeadline(time.Time) error { return nil }

// Protocol Buffers' wire format, as far as it is needed: a tag, then a length and
// bytes (wire type 2) or a number (wire type 0).

func appendBytes(message []byte, number int, value []byte) []byte {
	message = binary.AppendUvarint(message, uint64(number)<<3|2)
	message = binary.AppendUvarint(message, uint64(len(value)))
	return append(message, value...)
}

func appendTrue(message []byte, number int) []byte {
	return append(binary.AppendUvarint(message, uint64(number)<<3), 1)
}

// field returns the bytes of a message's first field of that number and wire type 2.
func field(message []byte, number int) []byte {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return nil
		}
		value, m := binary.Uvarint(message[n:])
		if m <= 0 {
			return nil
		}
		message = message[n+m:]
		if tag&7 != 2 {
			continue
		}
		if uint64(len(message)) < value {
			return nil
		}
		if int(tag>>3) == number {
			return message[:value]
		}
		message = message[value:]
	}
	return nil
}
