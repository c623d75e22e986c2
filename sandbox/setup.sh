#!/bin/sh
# Does the work of `make setup`: installs missing system packages, then the virtual environment.
#
#   sh sandbox/setup.sh [EXTRA]     EXTRA: an optional dependency group of pyproject.toml (test)
#
# Root installs the missing packages. For other users the script prints the sudo line to run, and
# changes nothing. If nothing is missing, it is quick. Exit codes: 0 everything is installed, 3 it
# is not (the message says why), 130 interrupted.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
user=$(id -un)
packages="mmdebstrap rootlesskit slirp4netns uidmap iproute2 mount graphviz openssh-client"
# The engine comes from Debian, also on Ubuntu, where the keys of Debian's archive are a package.
packages="$packages debian-archive-keyring"
# The browser tests need a browser, a font, and a library that the browser's driver is linked to.
[ "$extra" != test ] || packages="$packages chromium fonts-dejavu-core libatomic1"

say() { printf '%s\n' "$*" >&2; }

# When this script ends, for whatever reason, it ends its children and waits for them. An apt-get
# that went on alone would hold dpkg's lock. An interrupted apt-get first lets dpkg finish.
scratch=
python_pid=
system_pid=
half_made=
clean_up() {
    trap '' INT TERM HUP
    for pid in $python_pid $system_pid; do
        kill -0 "$pid" 2> /dev/null || continue
        say "ending the programs that still run …"
        # Before the child has called setsid, there is no group, only the process.
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

# Runs a command in a process group of its own, so that one signal reaches all its processes, and
# enables SIGINT, which a shell disables for its background commands.
in_group='import os, signal, sys
os.setsid()
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])'

# start NAME TITLE COMMAND …: runs a command in the background, its output in a log; $! is its pid.
start() {
    name=$1
    say "$2 …"
    [ -n "$scratch" ] || scratch=$(mktemp -d)
    date +%s > "$scratch/$name.began"
    shift 2
    "$python" -c "$in_group" "$@" > "$scratch/$name.log" 2>&1 &
}

# finish NAME TITLE PID: waits and prints the duration; after a failure, prints the log and exits.
finish() {
    if ! wait "$3"; then
        cat "$scratch/$1.log" >&2
        say "$2 failed; its output is above."
        say "next: fix the error, then run the same make command again"
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
# The interpreter itself, because python3 may be a script that runs it as a child.
python=$(python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) or print(sys.executable))') || {
    say "BuildKit Lab needs Python 3.11 or later; python3 is $(python3 --version 2>&1)."
    say "next: install a newer Python and put it first on PATH"
    exit 3
}
# In Debian, these modules are in a separate package.
"$python" -c 'import ensurepip, venv' 2> /dev/null || packages="$packages python3-venv"

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done

# A shell command for root to run; empty if nothing is missing.
todo=
and() { todo="${todo:+$todo && }$1"; }
[ -z "$missing" ] || and "apt-get update && apt-get install -y --no-install-recommends$missing"
# Reads a file of ranges, a line "--" and a second such file. Prints nothing if this user has a
# large enough range in the first file; otherwise the first range that is free in both files.
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
    say "BuildKit Lab needs this command to be run once as root (nothing was changed):"
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
    # No cache, because pip would leave it in the user's home. clean_up removes the files in TMPDIR.
    python_step "installing Python packages" env TMPDIR="$scratch" PIP_NO_CACHE_DIR=1 \
        .venv/bin/python -m pip install --disable-pip-version-check --editable ".${extra:+[$extra]}"
    mkdir -p .venv/var # IPython needs the parent of its own folder
    touch "$stamp"
}

# -x follows the link: if that Python was removed, the .venv is made again.
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
    # With the trap, this shell waits for its interrupted command before it exits.
    start system "installing system packages" sh -c "trap 'exit 130' INT; $todo"
    system_pid=$!
fi
case $packages in
    *python3-venv*) finish_system ;; # the virtual environment needs this package
esac
[ -z "$python_todo" ] || install_python
finish_system
