#!/bin/sh
# Makes program.txt from the files in src and the dependencies in lib.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'make @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin make $work $(uptime_s)"

sleep 0.2  # stands for a compiler
{
    cat src/title.txt src/events.txt
    echo "made with:"
    cat lib/*
    echo "make $work"
} > program.txt

echo "end make $work $(uptime_s)"
