#!/bin/sh
# Greets the person named on the command line, or else the world.
echo "Good morning, ${1:-world} (@lab-nonce@)"
