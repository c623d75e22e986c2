package main

import "runtime"

func main() {
	println(greeting, "Running on", runtime.GOOS+"/"+runtime.GOARCH)
}
