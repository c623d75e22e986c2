module lab.example/buoy

go 1.24
