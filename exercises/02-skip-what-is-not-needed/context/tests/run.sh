#!/bin/sh
# Runs every case and stops at the first one that fails.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'tests @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin tests $work $(uptime_s)"

for case in tests/case-*.sh; do
    sh "$case" || { echo "FAILED: $case"; exit 1; }
    echo "ok: $case"
done

echo "end tests $work $(uptime_s)"
