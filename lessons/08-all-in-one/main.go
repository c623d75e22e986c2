// Command ferry prints today's boats, and what a ticket costs.
package main

import (
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"time"

	"skerry.lab/timetable"
)

//go:embed fares.txt
var fares string

var version = "dev"

func main() {
	fmt.Println("ferry", version, "for", runtime.GOARCH)
	for _, boat := range timetable.On(time.Now()) {
		_, rest, _ := strings.Cut(fares, boat.From+"\t"+boat.To+"\t")
		fare, _, _ := strings.Cut(rest, "\n")
		fmt.Printf("%s  %-12s %-12s %s\n", boat.At, boat.From, boat.To, fare)
	}
}
