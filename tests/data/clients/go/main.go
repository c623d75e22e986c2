package main

import (
	"os"
	"time"

	"skerry.lab/board"
	"skerry.lab/timetable"
)

func main() {
	board.Text(os.Stdout, timetable.On(time.Now()))
}
