// Package timetable says what leaves when.
package timetable

import (
	"time"

	"skerry.lab/clock"
	"skerry.lab/tides"
)

// Departure is a boat on a day.
type Departure struct {
	At    clock.Time `json:"at"`
	From  string     `json:"from"`
	To    string     `json:"to"`
	Depth float64    `json:"depth"`
}

var boats = []struct {
	at       clock.Time
	from, to string
	place    int
}{
	{400, "Skerry", "Holm", 104},
	{435, "Holm", "Little Holm", 2731},
	{545, "Skerry", "Vannes", 104},
	{810, "Vannes", "Skerry", 90211},
	{1070, "Holm", "Skerry", 2731},
}

// On lists the boats of a day, the first one first.
func On(day time.Time) []Departure {
	var all []Departure
	for _, boat := range boats {
		depth := tides.DepthAt(boat.place, day, int(boat.at))
		all = append(all, Departure{boat.at, boat.from, boat.to, depth})
	}
	return all
}
