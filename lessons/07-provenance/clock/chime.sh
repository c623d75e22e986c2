#!/bin/sh
# chime 4.2, copied from somewhere long ago
echo "ding dong"
