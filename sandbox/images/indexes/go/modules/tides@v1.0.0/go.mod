module skerry.lab/tides

go 1.24

require skerry.lab/charts v1.0.0
