// Quay tells when the water is high.
package main

import (
	"fmt"
	"time"

	"skerry.lab/clock"
	"skerry.lab/tides"
)

const title = "High water at the quay (@lab-nonce@)"

func main() {
	fmt.Println(title)
	fmt.Println(clock.Time(tides.HighWater(time.Now())))
}
