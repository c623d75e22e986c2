module quay // @lab-nonce@

go 1.24

require skerry.lab/tides v1.0.0

require skerry.lab/charts v1.0.0 // indirect
