#!/bin/sh
# All that `make setup` does: what the system lacks, then the virtual environment.
#
#   sh sandbox/setup.sh [EXTRA]     EXTRA: an optional dependency group of pyproject.toml (test)
#
# As root, missing packages are installed. Otherwise one exact sudo line is printed and
# nothing else happens. Quick when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
user=$(id -un)
packages="mmdebstrap rootlesskit slirp4netns uidmap iproute2 mount graphviz"
[ "$extra" != test ] || packages="$packages chromium chromium-driver"

say() { printf '%s\n' "$*" >&2; }

# Runs a command quietly and says how long it took, or shows what it printed and fails.
timed() {
    title=$1
    shift
    began=$(date +%s)
    log=$(mktemp)
    say "$title …"
    if ! "$@" > "$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        say "$title failed; what it printed stands above. Mend that and run the same command again."
        return 1
    fi
    rm -f "$log"
    say "$title: $(($(date +%s) - began)) s"
}

[ "$(uname -s)" = Linux ] || {
    say "BuildKit Lab needs Linux; this is $(uname -s)."
    say "next: run it in a Linux virtual machine, such as WSL 2 or Lima"
    exit 3
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "BuildKit Lab needs Python 3.11 or later; python3 is $(python3 --version 2>&1)."
    say "next: install a newer Python and put it first on PATH"
    exit 3
}
# Debian keeps this part of Python in a package of its own.
python3 -c 'import ensurepip, venv' 2> /dev/null || packages="$packages python3-venv"

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done

# Each of these is a shell command that root has to run; empty when all is there.
todo=
and() { todo="${todo:+$todo && }$1"; }
[ -z "$missing" ] || and "apt-get update && apt-get install -y --no-install-recommends$missing"
for kind in uid gid; do
    grep -qs "^\($user\|$(id -u)\):" "/etc/sub$kind" || and "usermod --add-sub${kind}s 100000-165535 $user"
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
    [ -x .venv/bin/python ] || timed "making .venv" python3 -m venv .venv
    timed "installing Python packages" .venv/bin/python -m pip install --disable-pip-version-check \
        --editable ".${extra:+[$extra]}"
    touch "$stamp"
}

stamp=.venv/.installed${extra:+-$extra}
python_todo=
[ "$stamp" -nt pyproject.toml ] || python_todo=yes

case $packages in
    *python3-venv*) first=wait ;; # the virtual environment needs what apt brings
    *) first= ;;
esac
pid=
if [ -n "$todo" ]; then
    export DEBIAN_FRONTEND=noninteractive
    timed "installing system packages" sh -c "$todo" &
    pid=$!
    [ -z "$first" ] || wait "$pid"
fi
[ -z "$python_todo" ] || install_python
[ -z "$pid" ] || [ -n "$first" ] || wait "$pid"
