module skerry.lab/pier

go 1.24

require (
	skerry.lab/board v1.0.0
	skerry.lab/timetable v1.0.0
)

require (
	skerry.lab/charts v1.0.0 // indirect
	skerry.lab/clock v1.0.0 // indirect
	skerry.lab/tides v1.0.0 // indirect
)
