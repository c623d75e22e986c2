module show

go 1.24
