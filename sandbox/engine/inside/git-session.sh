# Serves one connection to the git server, on standard input and output. Hides the sandbox's home
# in a mount namespace, except for the repository, and becomes sshd.
set -eu
mount -t tmpfs -o mode=755 tmpfs /tmp
mkdir /tmp/git
mount --bind /lab/git /tmp/git
cp /lab/run/inside/sshd_config /tmp
cp /lab/run/inside/git-shell.sh /tmp/git-shell
chmod 755 /tmp/git-shell
busybox sed 's#/usr/bin/git-shell$#/lab/git-shell#' /etc/passwd > /tmp/passwd
mount --bind /tmp/passwd /etc/passwd
mount --move /tmp /lab
mkdir -p /run/sshd # sshd needs an empty folder to chroot into
exec /usr/sbin/sshd -i -e -f /lab/sshd_config
