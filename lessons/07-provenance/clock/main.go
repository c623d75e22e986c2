package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("It is", time.Now().UTC().Format("15:04"), "UTC.")
}
