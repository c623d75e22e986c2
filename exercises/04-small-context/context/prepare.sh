#!/bin/sh
# Prepares the board's page: writes the sorted timetable.csv and docs/help.txt to page.txt.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'prepare @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin prepare $work $(uptime_s)"

sleep 0.3  # stands for a slow conversion
{
    echo "page $work"
    sort timetable.csv
    cat docs/help.txt 2>/dev/null || echo "(there is no help)"
} > page.txt

echo "end prepare $work $(uptime_s)"
