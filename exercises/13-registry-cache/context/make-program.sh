#!/bin/sh
# Makes the program from greeting.txt and the libraries: ./program.
set -eu
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The checker finds this work in the build's log by its begin and its end.
work=$(printf '%s' 'program @lab-nonce@' | sha256sum | cut -c 1-16)
echo "begin program $work $(uptime_s)"

{
    echo '#!/bin/sh'
    echo "echo 'program $work, made with $(cat libraries/* | wc -c) bytes of libraries'"
    echo "echo '$(head -n 1 greeting.txt)'"
} > program
chmod +x program

echo "end program $work $(uptime_s)"
