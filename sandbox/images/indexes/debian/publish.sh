#!/bin/sh
# publish.sh FROM TO: makes a .deb of every folder below FROM, and the index in TO.
#
#   pool/*.deb
#   dists/skerry/Release
#   dists/skerry/main/binary-ARCH/Packages[.gz]
#
# A file DATA.size in a package stands for DATA, which is as many bytes of noise: always the same
# ones, and none that an archive makes smaller.
#
# Source: Debian wiki, "DebianRepository/Format"; deb-control(5).
set -eu
from=$1 to=$2
export SOURCE_DATE_EPOCH=1750000000
mkdir -p "$to/pool"

find "$from" -name '*.size' | while read -r size; do
    # Perl's generator is its own, and the same on every machine.
    perl -e 'srand 7; print pack "C*", map { int rand 256 } 1 .. shift' "$(cat "$size")" \
        > "${size%.size}"
    rm "$size"
done
for package in "$from"/*; do
    # A compressor with one thread: with several, the bytes would depend on how many.
    chmod 755 "$package"/usr/bin/* 2> /dev/null || true
    dpkg-deb --root-owner-group --threads-max=1 -Zgzip --build "$package" "$to/pool"
done

cd "$to"
for architecture in amd64 arm64; do
    list=dists/skerry/main/binary-$architecture
    mkdir -p "$list"
    for deb in pool/*.deb; do
        dpkg-deb --field "$deb"
        printf 'Filename: %s\nSize: %s\n' "$deb" "$(stat -c %s "$deb")"
        printf 'SHA256: %s\n\n' "$(sha256sum "$deb" | cut -d ' ' -f 1)"
    done > "$list/Packages"
    gzip -n -k "$list/Packages"
done

cd dists/skerry
{
    echo 'Origin: BuildKit Lab'
    echo 'Suite: skerry'
    echo 'Codename: skerry'
    echo 'Architectures: amd64 arm64'
    echo 'Components: main'
    echo "Date: $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
    echo 'SHA256:'
    find main -type f | sort | while read -r file; do
        printf ' %s %s %s\n' "$(sha256sum "$file" | cut -d ' ' -f 1)" "$(stat -c %s "$file")" "$file"
    done
} > Release
