// Package board is the board on the quay, as text and for programs.
package board

import (
	"encoding/json"
	"fmt"
	"io"

	"skerry.lab/timetable"
)

// Text is a line for each boat.
func Text(to io.Writer, boats []timetable.Departure) error {
	for _, boat := range boats {
		if _, err := fmt.Fprintf(to, "%s  %-12s %s\n", boat.At, boat.From, boat.To); err != nil {
			return err
		}
	}
	return nil
}

// JSON is for other programs.
func JSON(to io.Writer, boats []timetable.Departure) error {
	return json.NewEncoder(to).Encode(boats)
}
