# Second step of the engine's start. Runs as root of RootlessKit's namespaces, with this machine's
# own tools. Makes the mounts and moves into the engine's root file system.
#   sh enter.sh ROOTFS HOME
#   environment: LAB_CGROUPS (folders of this machine's cgroups that the sandbox is in), LAB_GOLDEN
#   (the home of the golden sandbox that this one is a clone of; empty: it is no clone)
set -eu
PATH=$PATH:/usr/sbin:/sbin
root=$1 home=$2
mount --bind "$root" "$root"
# Several sandboxes share the tree, so it should be read-only. If the kernel locks flags of the
# file system below (nosuid, nodev), it refuses the remount. The tree then stays writable, which
# does no harm.
mount -o remount,bind,ro "$root" 2> /dev/null || true
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
# The sandbox sees only its own cgroups, in place of the machine's whole tree. So the cgroups that
# a privileged container creates are within the limits.
for cgroup in $LAB_CGROUPS; do
    mount --bind "$root$cgroup" "$root${cgroup%/*}"
done
# Read-only, because root could write to this machine's cgroups: each build would create its own
# cgroup there, outside of the sandbox's limits. A build that cannot create one stays within them.
for cgroup in "$root"/sys/fs/cgroup/*/ "$root/sys/fs/cgroup"; do
    if mountpoint -q "$cgroup"; then
        mount -o remount,bind,ro,nosuid,nodev,noexec "$cgroup" ||
            echo "enter.sh: $cgroup stays writable: builds may leave the sandbox's limits" >&2
    fi
done
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/root"
mount --rbind "$home" "$root/lab"
if [ -n "$LAB_GOLDEN" ]; then
    mount --bind "$LAB_GOLDEN" "$root/home"
    mount -o remount,bind,ro "$root/home"
fi
mount --bind "$home/run/resolv.conf" "$root/etc/resolv.conf"
mount --bind "$home/run/hosts" "$root/etc/hosts"
# chroot alone is not enough: `docker exec` enters a mount namespace at its root, and below a
# chroot that would still be this machine's root.
cd "$root"
mkdir tmp/outside
pivot_root . tmp/outside
PATH=/usr/sbin:/usr/bin # from here on the programs are the engine's
umount -l tmp/outside
rmdir tmp/outside
exec chroot . /usr/bin/sh /lab/run/inside/init.sh
