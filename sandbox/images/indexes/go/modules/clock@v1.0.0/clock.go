// Package clock holds times of day, as minutes past midnight.
package clock

import "fmt"

// Time is a time of day.
type Time int

func (t Time) String() string {
	return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60)
}
