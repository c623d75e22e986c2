#!/bin/sh
# Prepares the fonts: writes a list of the files in fonts/ to fonts.txt.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'fonts @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin fonts $work $(uptime_s)"

sleep 1  # stands for a slow conversion
{
    echo "fonts $work"
    cat fonts/*
} > fonts.txt

echo "end fonts $work $(uptime_s)"
