#!/bin/sh
# Makes catalogue.txt from goods.csv, in the current folder.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'catalogue @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin catalogue $work $(uptime_s)"

sleep 0.5  # stands for slow work
{
    echo "catalogue $work"
    sort goods.csv
} > catalogue.txt

echo "end catalogue $work $(uptime_s)"
