# Unpacks the engine's root file system. Runs as root of RootlessKit's user
# namespace, so that owners become the subordinate ids of the user.
#   sh unpack.sh TARBALL TARGET
set -eu
tarball=$1 target=$2
mkdir -p "$target"
# qemu-user brings thirty emulators; a sandbox registers one of these two.
tar --extract --file "$tarball" --directory "$target" --delay-directory-restore \
    --wildcards --exclude './dev/*' \
    --exclude './usr/share/doc/*' --exclude './usr/share/man/*' --exclude './usr/share/locale/*' \
    --exclude './usr/bin/qemu-[b-wyz]*' --exclude './usr/bin/qemu-xtensa*' \
    --exclude './usr/bin/qemu-a[lmr]*' --exclude './usr/bin/qemu-aarch64_be'
cd "$target"
# `--variant=extract` runs no maintainer scripts; these are the parts of them the engine needs.
for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -sf xtables-nft-multi "usr/sbin/$name"
done
# Beside root: who logs in to the git server, and what that server lowers itself to.
cat > etc/passwd << END
root:x:0:0:root:/root:/bin/sh
git:x:1000:1000:git:/lab/git:/usr/bin/git-shell
sshd:x:100:65534:sshd:/run/sshd:/usr/sbin/nologin
END
printf 'root:x:0:\ngit:x:1000:\nnogroup:x:65534:\n' > etc/group
printf 'passwd: files\ngroup: files\nhosts: files dns\n' > etc/nsswitch.conf
# The tree is read-only once an engine runs in it, and then Python could not keep what it compiles.
chroot . /usr/bin/sh -c 'python3 -m compileall -q /usr/lib/python3*' > /dev/null
# Mount points: the tree is read-only once an engine runs in it.
mkdir -p lab dev proc sys run tmp root
: > etc/resolv.conf
: > etc/hosts
chroot . /usr/bin/sh -c '
    echo "registry $(docker-registry --version | cut -d" " -f3)"
    for emulator in aarch64 x86_64; do
        [ -x "/usr/bin/qemu-$emulator" ] || continue
        echo "qemu $("/usr/bin/qemu-$emulator" --version | head -n 1 | cut -d" " -f3)"
        break
    done' > etc/lab-versions
