#!/bin/sh
# Prepares the data: writes the cities in data/, sorted and counted, to site/data.txt.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'data @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin data $work $(uptime_s)"

sleep 1.2  # stands for a slow download
mkdir -p site
{
    echo "data $work"
    sort data/cities.csv
    echo "$(wc -l < data/cities.csv) lines"
} > site/data.txt

echo "end data $work $(uptime_s)"
