# Second step of the engine's start: runs with this machine's own tools, as root of
# RootlessKit's namespaces, lays the mounts and moves into the engine's root file system.
#   sh enter.sh ROOTFS HOME
#   environment: LAB_CGROUPS (folders of this machine's cgroups that the sandbox is in)
set -eu
PATH=$PATH:/usr/sbin:/sbin
root=$1 home=$2
mount --bind "$root" "$root"
# Several sandboxes share the tree. Where the kernel locks the flags of the file system
# below (nosuid, nodev), the remount is refused and the tree stays writable: no harm.
mount -o remount,bind,ro "$root" 2> /dev/null || true
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
# Of this machine's cgroups there are the sandbox's own alone, in place of the whole tree: what a
# privileged container makes of it is within the limits.
for cgroup in $LAB_CGROUPS; do
    mount --bind "$root$cgroup" "$root${cgroup%/*}"
done
# The root user could write in this machine's cgroups: each build would get one of its own
# there, outside of the sandbox's limits. Where none can be made, a build stays within them.
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
mount --bind "$home/run/resolv.conf" "$root/etc/resolv.conf"
mount --bind "$home/run/hosts" "$root/etc/hosts"
# Not chroot alone: `docker exec` enters a container's mount namespace at its root, and below the
# root of a chroot there would still be this machine's.
cd "$root"
mkdir tmp/outside
pivot_root . tmp/outside
PATH=/usr/sbin:/usr/bin # from here on it is the engine's programs that there are
umount -l tmp/outside
rmdir tmp/outside
exec chroot . /usr/bin/sh /lab/run/inside/init.sh
