#!/bin/sh
# Makes the libraries that libraries.txt lists: one file each, in libraries/.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'libraries @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin libraries $work $(uptime_s)"

sleep 1  # stands for a slow compiler
mkdir libraries
while read -r name version; do
    echo "$name $version $work" > "libraries/$name"
    # As big as a real library, so that there is something to download.
    head -c 100000 /dev/urandom >> "libraries/$name"
done < libraries.txt

echo "end libraries $work $(uptime_s)"
