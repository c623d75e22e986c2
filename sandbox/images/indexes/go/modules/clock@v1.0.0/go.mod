module skerry.lab/clock

go 1.24
