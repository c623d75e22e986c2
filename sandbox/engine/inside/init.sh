# Last step of the engine's start. Runs inside the engine's root file system, starts the sandbox's
# services and becomes dockerd.
#   environment: LAB_BINFMT (a registration line), LAB_ADDRESSES, LAB_REGISTRY (address and port),
#   LAB_ONLINE (1 or 0), LAB_TAP
set -eu
export PATH=/run/before:/usr/sbin:/usr/bin:/run/bin HOME=/root XDG_RUNTIME_DIR=/run
export ROOTLESSKIT_STATE_DIR=/lab/run/rootlesskit
# Before Linux 6.7, a user namespace has no binfmt_misc of its own. Then there is no emulation.
if mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc; then
    printf '%s' "$LAB_BINFMT" > /proc/sys/fs/binfmt_misc/register
fi
for address in $LAB_ADDRESSES; do
    ip address add "$address/32" dev lo
done
# A kernel without nf_tables has the older interface of iptables. These links come first on PATH.
if ! iptables -t nat -S > /dev/null; then
    mkdir -p /run/before
    for name in iptables iptables-save iptables-restore; do
        ln -s /usr/sbin/xtables-legacy-multi "/run/before/$name"
    done
fi
# The registry's port differs between sandboxes. The builder's image is the same for all of them and
# names the registry http://registry.lab, so port 80 leads to the registry's port.
iptables -t nat -A PREROUTING -d "${LAB_REGISTRY%:*}" -p tcp --dport 80 \
    -j REDIRECT --to-ports "${LAB_REGISTRY#*:}"
# When the engine clones a repository (a build's context, or ADD), git runs sed, which is missing.
mkdir /run/bin
ln -s /usr/bin/busybox /run/bin/sed
install -D /lab/run/inside/runc.sh /run/before/runc
[ -z "$LAB_GOLDEN" ] || sh /lab/run/inside/clone.sh data
[ "$LAB_ONLINE" = 1 ] || ip link set "$LAB_TAP" down
dnsmasq --conf-file=/lab/run/dnsmasq.conf
# The programs of the golden sandbox are the same, and Python has compiled them there.
programs=/lab/run
[ -z "$LAB_GOLDEN" ] || programs=/home/run
# Each connection needs an open file, and the default limit is low; dockerd raises its own limit.
(ulimit -n "$(ulimit -H -n)" && cd "$programs" && exec python3 -m inside) >> /lab/logs/services.log 2>&1 &
# The registry of a clone is made while dockerd starts.
serve_registry() {
    [ -z "$LAB_GOLDEN" ] || sh /lab/run/inside/clone.sh registry
    # Remove blobs without a name. It is safe here, because nobody can push before the registry
    # serves, and because base images are stored under the lock that the engine's start holds.
    if [ -e /lab/registry/untidy ]; then
        rm /lab/registry/untidy
        docker-registry garbage-collect /lab/run/registry.yml || touch /lab/registry/untidy
    fi
    exec docker-registry serve /lab/run/registry.yml
}
serve_registry >> /lab/logs/registry.log 2>&1 &
exec dockerd --rootless --config-file /lab/run/daemon.json >> /lab/logs/dockerd.log 2>&1
