module lab.example/clock

go 1.24
