// Package charts knows the depths of the sound.
package charts

import _ "embed"

//go:embed soundings.bin
var soundings []byte

// Depth is in metres.
func Depth(place int) float64 {
	return float64(soundings[place%len(soundings)]) / 4
}
