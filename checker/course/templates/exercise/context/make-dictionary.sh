#!/bin/sh
# Makes the dictionary, in dictionary.txt.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'dictionary @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin dictionary $work $(uptime_s)"

sleep 0.5  # stands for slow work
{
    echo "dictionary $work"
    echo "cleat: where a rope is made fast"
    echo "fender: what keeps a hull off the quay"
} > dictionary.txt

echo "end dictionary $work $(uptime_s)"
