# Last step of the engine's start: runs inside the engine's root file system, starts
# the sandbox's services and becomes the engine.
#   environment: LAB_BINFMT (a registration line), LAB_ADDRESSES, LAB_REGISTRY (address and port),
#   LAB_ONLINE (1 or 0), LAB_TAP
set -eu
export PATH=/usr/sbin:/usr/bin:/run/bin HOME=/root XDG_RUNTIME_DIR=/run
export ROOTLESSKIT_STATE_DIR=/lab/run/rootlesskit
# Kernels before 6.7 have no binfmt_misc of a user namespace's own: then there is no emulation.
if mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc; then
    printf '%s' "$LAB_BINFMT" > /proc/sys/fs/binfmt_misc/register
fi
for address in $LAB_ADDRESSES; do
    ip address add "$address/32" dev lo
done
# The registry's port differs from sandbox to sandbox. At HTTP's own it is http://registry.lab to
# containers, so that the image of a builder, made once for all sandboxes, can name it.
iptables -t nat -A PREROUTING -d "${LAB_REGISTRY%:*}" -p tcp --dport 80 \
    -j REDIRECT --to-ports "${LAB_REGISTRY#*:}"
# Of all that git uses when the engine clones (a build's context, or ADD), this is not there.
mkdir /run/bin
ln -s /usr/bin/busybox /run/bin/sed
[ "$LAB_ONLINE" = 1 ] || ip link set "$LAB_TAP" down
dnsmasq --conf-file=/lab/run/dnsmasq.conf
# The engine's files are read-only: what Python has compiled is kept beside the programs.
# A connection takes a file, and by default few may be open; dockerd sees to that by itself.
(ulimit -n "$(ulimit -H -n)" && cd /lab/run && PYTHONPYCACHEPREFIX=/lab/run/pycache exec python3 -m inside) >> /lab/logs/services.log 2>&1 &
# Blobs that belong to no name any more: nobody can push before the registry serves.
if [ -e /lab/registry/untidy ]; then
    rm /lab/registry/untidy
    docker-registry garbage-collect /lab/run/registry.yml >> /lab/logs/registry.log 2>&1 ||
        touch /lab/registry/untidy
fi
docker-registry serve /lab/run/registry.yml >> /lab/logs/registry.log 2>&1 &
exec dockerd --rootless --config-file /lab/run/daemon.json >> /lab/logs/dockerd.log 2>&1
