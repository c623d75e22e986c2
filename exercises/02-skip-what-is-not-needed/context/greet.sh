#!/bin/sh
# Greets whoever is named, or else the world.
echo "Good morning, ${1:-world} (@lab-nonce@)"
