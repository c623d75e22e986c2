#!/bin/sh
# The container runs this script: it names the shop and shows the catalogue beside it.
base=$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null)
echo "version ${VERSION:-(not known)}"
echo "base ${base:-busybox}"
cat "$(dirname "$0")/catalogue.txt"
