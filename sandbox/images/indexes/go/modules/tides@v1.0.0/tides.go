// Package tides says when the water is high.
package tides

import (
	"math"
	"time"

	"skerry.lab/charts"
)

const monthDays = 29.530588

var newMoon = time.Date(2000, 1, 6, 18, 14, 0, 0, time.UTC)

// HighWater is the first one of a day, in minutes past midnight.
func HighWater(day time.Time) int {
	age := math.Mod(day.Sub(newMoon).Hours()/24, monthDays)
	return int(age*50.47+96) % 745
}

// DepthAt is in metres.
func DepthAt(place int, day time.Time, minute int) float64 {
	phase := float64(minute-HighWater(day)) / 745 * 2 * math.Pi
	return charts.Depth(place) + 2*math.Cos(phase)
}
