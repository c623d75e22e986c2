#!/bin/sh
# Installs the dependencies that dependencies.txt lists, one per line, into the folder lib.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'install @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin install $work $(uptime_s)"

mkdir -p lib
while read -r name; do
    sleep 0.2  # stands for a slow download
    echo "$name $work" > "lib/$name"
    echo "installed $name"
done < dependencies.txt

echo "end install $work $(uptime_s)"
