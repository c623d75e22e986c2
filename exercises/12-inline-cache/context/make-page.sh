#!/bin/sh
# Makes the page from page.txt and the prepared fonts: page.html.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'page @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin page $work $(uptime_s)"

test -s fonts.txt
{
    echo "<!-- page $work -->"
    while read -r line; do echo "<p>$line</p>"; done < page.txt
} > page.html

echo "end page $work $(uptime_s)"
