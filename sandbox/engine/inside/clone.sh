# Fills the home of a clone, before its engine or its registry starts. Runs inside the engine's root
# file system.
#   sh clone.sh data|registry
# /home is the home of the golden sandbox, read-only. The registry is an overlay on the golden one,
# which costs no files. The engine's data cannot be one, because its snapshots are overlays
# themselves: what is never changed there (blobs, committed snapshots) is linked, and what the engine
# changes is copied.
set -eu
if [ "$1" = registry ]; then
    own=/lab/pushed
    mkdir -p "$own/files" "$own/work"
    mount -t overlay overlay /lab/registry \
        -o "userxattr,lowerdir=/home/registry,upperdir=$own/files,workdir=$own/work"
    # Base images stay what they are, also for the clone's own builds: a bind mount of something
    # that is mounted read-only is read-only.
    names=docker/registry/v2/repositories
    for image in "/home/registry/$names"/*/*; do
        mount --bind "$image" "/lab/registry/$names${image#"/home/registry/$names"}"
    done
    exit
fi
# When the engine of a clone is started again, all is there.
[ ! -e /lab/data/filled ] || exit 0
from=/home/data/containerd/daemon to=/lab/data/containerd/daemon
content=io.containerd.content.v1.content snapshots=io.containerd.snapshotter.v1.overlayfs
mkdir -p "$to/$content/blobs/sha256" "$to/$content/ingest" "$to/$snapshots/snapshots"
set --
for part in /home/data/*; do
    [ "$part" = /home/data/containerd ] || set -- "$@" "$part"
done
cp -a -t /lab/data "$@"
set --
for part in "$from"/*; do
    case $part in "$from/$content" | "$from/$snapshots") ;; *) set -- "$@" "$part" ;; esac
done
cp -a -t "$to" "$@"
cp -a "$from/$snapshots/metadata.db" "$to/$snapshots/"
ln -s -t "$to/$content/blobs/sha256" "$from/$content"/blobs/sha256/*
ln -s -t "$to/$snapshots/snapshots" "$from/$snapshots"/snapshots/*
touch /lab/data/filled
