#!/bin/sh
# Registers QEMU with the kernel, or takes it away, and prints what there is then.
#   binfmt [--install all|ARCH,...] [--uninstall ARCH|NAME,...] [--mount FOLDER]
# Options and output are those of the program that usually has this name; that one knows more
# architectures.
# Source: https://github.com/tonistiigi/binfmt (README.md, cmd/binfmt/main.go) and, for what the
# kernel takes, Linux, Documentation/admin-guide/binfmt-misc.rst.
set -uf  # no word is a pattern for files: qemu-* is a name as well, see uninstall
misc=/proc/sys/fs/binfmt_misc to_install='' to_uninstall=''
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

# What an architecture is called by the kernel, and so by QEMU.
kernels_name() {
    case ${1#linux/} in
        arm64 | aarch64) echo aarch64 ;;
        amd64 | x86_64) echo x86_64 ;;
        *) return 1 ;;
    esac
}

install() {
    kernel=$(kernels_name "$1") || {
        echo "unsupported architecture: $1"
        return
    }
    machine='\x3e\x00'
    [ "$kernel" = x86_64 ] || machine='\xb7\x00'
    if [ -e "$misc/qemu-$kernel" ]; then
        echo "qemu-$kernel already registered"
    # F: the kernel opens QEMU now, and later needs no such file in the image that it runs.
    # P: a program is told its own name, by which busybox knows what to do.
    elif printf %s ":qemu-$kernel:M::$magic$machine:$mask:/usr/bin/qemu-$kernel:FP" \
        > "$misc/register"; then
        echo OK
    else
        echo "cannot be registered"
    fi
}

uninstall() {
    name=$1 found=''
    kernel=$(kernels_name "$1") && name=qemu-$kernel
    for handler in $(handlers); do
        case $handler in $name) echo -1 > "$misc/$handler" && found=OK ;; esac
    done
    echo "${found:-not found}"
}

handlers() {
    ls "$misc" | grep -vx -e register -e status
}

emulators() {
    for handler in $(handlers); do
        read -r state < "$misc/$handler" && [ "$state" = enabled ] && echo "$handler"
    done
}

platforms() {
    echo "linux/$native"
    emulators | sed -n -e 's,^qemu-aarch64$,linux/arm64,p' -e 's,^qemu-x86_64$,linux/amd64,p'
}

# Lines of stdin as a list in JSON.
json() {
    lines=$(sed -e 's/.*/    "&"/' -e '$!s/$/,/')
    if [ -n "$lines" ]; then printf '[\n%s\n  ]' "$lines"; else printf null; fi
}

case $(uname -m) in
    aarch64) native=arm64 foreign=amd64 ;;
    *) native=amd64 foreign=arm64 ;;
esac
while [ $# -gt 0 ]; do
    option=${1%%=*} value=${1#*=}
    if [ "$option" = "$1" ]; then
        shift
        value=${1-}
    fi
    case $option in
        --install) to_install=$value ;;
        --uninstall) to_uninstall=$value ;;
        --mount) misc=$value ;;
        *)
            echo "binfmt: no option $option; there are --install, --uninstall and --mount" >&2
            exit 2
            ;;
    esac
    [ $# -eq 0 ] || shift
done
if [ ! -e "$misc/status" ] && ! mount -t binfmt_misc binfmt_misc "$misc"; then
    echo "error: cannot mount binfmt_misc filesystem at $misc (docker run needs --privileged)" >&2
    exit 1
fi
[ "$to_install" != all ] || to_install=$foreign
for name in $(echo "$to_uninstall" | tr , ' '); do
    echo "uninstalling: $name $(uninstall "$name")" >&2
done
for name in $(echo "$to_install" | tr , ' '); do
    echo "installing: $name $(install "$name")" >&2
done
printf '{\n  "supported": %s,\n  "emulators": %s\n}\n' "$(platforms | json)" "$(emulators | json)"
