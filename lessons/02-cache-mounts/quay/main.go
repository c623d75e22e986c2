// Quay prints the board on the quay.
package main

import (
	"fmt"
	"time"

	"skerry.lab/timetable"
)

const title = "Boats of today"

func main() {
	fmt.Println(title)
	for _, boat := range timetable.On(time.Now()) {
		fmt.Printf("%s  %-12s %s\n", boat.At, boat.From, boat.To)
	}
}
