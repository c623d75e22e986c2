#!/bin/sh
# All that `make setup` does: what the system lacks, then the virtual environment.
#
#   sh sandbox/setup.sh [EXTRA]     EXTRA: an optional dependency group of pyproject.toml (test)
#
# As root, missing packages are installed. Otherwise one exact sudo line is printed and
# nothing else happens. Quick when there is nothing to do. Exit codes: 0 all is there, 3 it is
# not and why is said, 130 interrupted.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
user=$(id -un)
packages="mmdebstrap rootlesskit slirp4netns uidmap iproute2 mount graphviz openssh-client"
# The browser, letters to draw, and what the program that drives it is linked against.
[ "$extra" != test ] || packages="$packages chromium fonts-dejavu-core libatomic1"

say() { printf '%s\n' "$*" >&2; }

# Whatever ends this script ends what it started, and waits for that: apt-get that goes on alone
# would hold dpkg's lock. apt-get takes an interrupt well: it finishes what dpkg has begun.
scratch=
python_pid=
system_pid=
half_made=
clean_up() {
    trap '' INT TERM HUP
    for pid in $python_pid $system_pid; do
        kill -0 "$pid" 2> /dev/null || continue
        say "ending what is still at work …"
        # A group that is not there yet is one process.
        kill -s INT -- "-$pid" 2> /dev/null || kill "$pid" 2> /dev/null || true
        wait "$pid" 2> /dev/null || true
    done
    [ -z "$half_made" ] || rm -rf "$half_made" || true
    [ -z "$scratch" ] || rm -rf "$scratch" || true
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'say "interrupted; run the same make command again to go on"; exit 130' INT
trap 'exit 143' TERM

# In a process group of its own, where all of it can be told to end, and with the interrupt
# that a shell takes from what it runs in the background.
in_group='import os, signal, sys
os.setsid()
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])'

# start NAME TITLE COMMAND …: runs quietly in the background; $! is its process.
start() {
    name=$1
    say "$2 …"
    [ -n "$scratch" ] || scratch=$(mktemp -d)
    date +%s > "$scratch/$name.began"
    shift 2
    "$python" -c "$in_group" "$@" > "$scratch/$name.log" 2>&1 &
}

# finish NAME TITLE PID: says how long it took, or shows what it printed and ends.
finish() {
    if ! wait "$3"; then
        cat "$scratch/$1.log" >&2
        say "$2 failed; what it printed stands above."
        say "next: mend that, then run the same make command again"
        exit 3
    fi
    say "$2: $(($(date +%s) - $(cat "$scratch/$1.began"))) s"
}

python_step() {
    title=$1
    shift
    start python "$title" "$@"
    python_pid=$!
    finish python "$title" "$python_pid"
    python_pid=
}

[ "$(uname -s)" = Linux ] || {
    say "BuildKit Lab needs Linux; this is $(uname -s)."
    say "next: run it in a Linux virtual machine, such as WSL 2 or Lima"
    exit 3
}
# The program itself: what is called python3 may be a script that runs it as a child.
python=$(python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) or print(sys.executable))') || {
    say "BuildKit Lab needs Python 3.11 or later; python3 is $(python3 --version 2>&1)."
    say "next: install a newer Python and put it first on PATH"
    exit 3
}
# Debian keeps this part of Python in a package of its own.
"$python" -c 'import ensurepip, venv' 2> /dev/null || packages="$packages python3-venv"

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done

# Each of these is a shell command that root has to run; empty when all is there.
todo=
and() { todo="${todo:+$todo && }$1"; }
[ -z "$missing" ] || and "apt-get update && apt-get install -y --no-install-recommends$missing"
# Reads the one file, a line "--" and the other file. Prints nothing if this user has a range that
# is large enough in the one, else the first range that nobody has in either.
free_range='
    $0 == "--" { other = 1 }
    $2 !~ /^[0-9]+$/ || $3 !~ /^[0-9]+$/ { next }
    !other && ($1 == user || $1 == uid) && $3 + 0 >= count { found = 1 }
    { first[++n] = $2 + 0; last[n] = $2 + $3 - 1 }
    END {
        if (found) exit
        start = 100000
        for (i = 1; i <= n; i++)
            if (first[i] < start + count && last[i] >= start) { start = last[i] + 1; i = 0 }
        printf "%.0f-%.0f", start, start + count - 1
    }'
for kind in uid gid; do
    [ "$kind" = uid ] && other=gid || other=uid
    [ -e "/etc/sub$kind" ] || and "touch /etc/sub$kind"
    range=$({ cat "/etc/sub$kind"; printf '\n--\n'; cat "/etc/sub$other"; } 2> /dev/null \
        | awk -F: -v user="$user" -v uid="$(id -u)" -v count=65536 "$free_range")
    [ -z "$range" ] || and "usermod --add-sub${kind}s $range $user"
done
[ -w /dev/net/tun ] || [ ! -e /dev/net/tun ] || and "chmod 0666 /dev/net/tun"

if [ -n "$todo" ] && [ "$(id -u)" != 0 ]; then
    say "BuildKit Lab needs this once, as root (nothing was changed):"
    say ""
    say "  sudo sh -c '$todo'"
    say ""
    say "Then run the same make command again."
    exit 3
fi

install_python() {
    if ! .venv/bin/python -m pip --version > /dev/null 2>&1; then
        half_made=.venv
        rm -rf .venv
        python_step "making .venv" "$python" -m venv .venv
        half_made=
    fi
    # pip's cache would be left in the user's folders; what it unpacks goes with this script.
    python_step "installing Python packages" env TMPDIR="$scratch" PIP_NO_CACHE_DIR=1 \
        .venv/bin/python -m pip install --disable-pip-version-check --editable ".${extra:+[$extra]}"
    mkdir -p .venv/var # IPython wants the folder above its own to be there
    touch "$stamp"
}

# -x follows the link: a Python that was removed since takes its .venv with it.
stamp=.venv/.installed${extra:+-$extra}
python_todo=yes
[ ! -x .venv/bin/python ] || [ ! "$stamp" -nt pyproject.toml ] || python_todo=

finish_system() {
    [ -n "$system_pid" ] || return 0
    finish system "installing system packages" "$system_pid"
    system_pid=
}

if [ -n "$todo" ]; then
    export DEBIAN_FRONTEND=noninteractive
    # The trap lets the shell outlive what it waits for.
    start system "installing system packages" sh -c "trap 'exit 130' INT; $todo"
    system_pid=$!
fi
case $packages in
    *python3-venv*) finish_system ;; # the virtual environment needs what apt brings
esac
[ -z "$python_todo" ] || install_python
finish_system
