module skerry.lab/charts

go 1.24
