package main

import "runtime"

func main() {
	println("Shown by a program for", runtime.GOOS+"/"+runtime.GOARCH)
}
