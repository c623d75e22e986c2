# Fills the home of a clone, before its engine or its registry starts. Runs inside the engine's root
# file system.
#   sh clone.sh data|registry
# /home is the home of the golden sandbox, read-only. What is never changed there (blobs, committed
# snapshots, images in the registry) is linked; what the engine and the registry change is copied.
set -eu
# When the engine of a clone is started again, all is there.
[ ! -e "/lab/$1/filled" ] || exit 0
if [ "$1" = registry ]; then
    cp -R -s -f /home/registry/. /lab/registry/
    touch /lab/registry/filled
    exit
fi
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
