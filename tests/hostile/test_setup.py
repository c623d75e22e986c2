"""The engine's files are being made, and something cuts in: said plainly, nothing half-made stays.

Debian's mirror is replaced, where it would take long, by a program of mmdebstrap's name that
packs the tree which the cache holds already.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from sandbox.engine import rootfs
from sandbox.engine.paths import Paths

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounts and namespaces need root")
SMALL_IS_ENOUGH = "from sandbox.engine import rootfs; rootfs.DISK_BYTES = 1"
TARBALL = 'for tarball; do :; done; echo "$$ $*" >> "$CALLS"'
"""The last argument; each call is noted."""
HALF = f"{TARBALL}; head -c 3000000 /dev/zero > $tarball"
CUT_OFF = f"""{HALF}
echo "E: Failed to fetch http://mirror.invalid/pool/main/d/docker.io/docker.io_28.deb" \\
  " Connection timed out [IP: 192.0.2.1 80]" >&2
echo "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?" >&2
exit 100"""
SLOW = f"{HALF}; exec sleep 600"
EXPIRED = f"""{TARBALL}
case "$*" in *Check-Valid-Until*) exec tar --owner=0 --group=0 -C "$TREE" -cf $tarball . ;; esac
echo "E: Release file for http://mirror.invalid/dists/forky/InRelease is expired" \\
  "(invalid since 9d 2h). Updates for this repository will not be applied." >&2
exit 25"""
GOOD = f'{TARBALL}; exec tar --owner=0 --group=0 -C "$TREE" -cf $tarball .'


@pytest.fixture
def mirror(
    bare: Lab, cache: Path, programs: Callable[..., str], tmp_path: Path
) -> Callable[[str], Lab]:
    """A sandbox without any files, whose mmdebstrap is a script."""
    tree = rootfs.path(Paths(bare.home, cache))
    if not tree.is_dir():
        rootfs.ensure(Paths(bare.home, cache), tell=print)
    calls = tmp_path / "calls"
    calls.touch()

    def make(script: str) -> Lab:
        return bare.but(PATH=programs(fake={"mmdebstrap": script}), TREE=tree, CALLS=calls)

    return make


def calls(lab: Lab) -> list[str]:
    return Path(lab.variables["CALLS"]).read_text().splitlines()


def remains(lab: Lab) -> list[str]:
    """What lies in the cache, but for locks, and in the folder for temporary files."""
    temporary = Path(lab.variables["TMPDIR"]).iterdir() if "TMPDIR" in lab.variables else ()
    found = (*lab.paths.rootfs.glob("*"), *temporary)
    return [path.name for path in found if path.suffix != ".lock"]


@root_only
def test_no_network(bare: Lab, tmp_path: Path) -> None:
    """The real mmdebstrap, cut off from everything."""
    alone = bare.but(TMPDIR=tmp_path)
    said = alone.refused("up", code=3, under=("unshare", "--net"))
    assert "the network did not answer" in said
    assert "connect this machine to the network" in said
    assert remains(alone) == []
    assert bare.engines() == []


def test_a_download_that_is_cut_off_and_then_goes_well(mirror: Callable[[str], Lab]) -> None:
    said = mirror(CUT_OFF).refused("up", code=3)
    assert "the connection broke" in said
    assert "Connection timed out" in said
    lab = mirror(GOOD)
    assert remains(lab) == []
    assert lab.run("up").returncode == 0
    assert lab.run("shell", "--", "docker", "version").returncode == 0
    assert remains(lab) == [rootfs.path(lab.paths).name]


def test_a_tarball_that_is_not_whole(mirror: Callable[[str], Lab]) -> None:
    lab = mirror(f"{HALF} && tar -cf - /usr/bin/tar | head -c 100000 > $tarball")
    said = lab.refused("up", code=3)
    assert "could not be unpacked" in said
    assert remains(lab) == []


@pytest.mark.parametrize("what", ["download", "unpacking"])
def test_ctrl_c_while_it_is_set_up(mirror: Callable[[str], Lab], what: str) -> None:
    lab = mirror(SLOW if what == "download" else GOOD)
    process = lab.start("up")
    if what == "download":
        lab.wait_until(lambda: list(lab.paths.rootfs.glob("*.partial-*")), "half a tarball")
    else:
        lab.wait_until(lambda: list(lab.paths.rootfs.glob("*.partial/usr/bin")), "half a tree")
    said = lab.ctrl_c(process)
    assert "interrupted; run the same command again" in said
    assert remains(lab) == []
    assert lab.processes() == []
    assert mirror(GOOD).run("up").returncode == 0


@pytest.mark.parametrize("what", ["download", "unpacking"])
def test_killed_while_it_is_set_up(mirror: Callable[[str], Lab], what: str) -> None:
    lab = mirror(SLOW if what == "download" else GOOD)
    process = lab.start("up")
    if what == "download":
        lab.wait_until(lambda: list(lab.paths.rootfs.glob("*.partial-*")), "half a tarball")
    else:
        lab.wait_until(lambda: list(lab.paths.rootfs.glob("*.partial/usr/bin")), "half a tree")
    process.kill()
    process.communicate()
    fetching = int(calls(lab)[0].split()[0])
    lab.wait_until(lambda: not psutil.pid_exists(fetching), "mmdebstrap has ended")
    lab.wait_until(lambda: not lab.processes(), "what it had started has ended")
    after = mirror(GOOD)
    assert after.run("up").returncode == 0
    assert after.run("shell", "--", "docker", "version").returncode == 0
    assert remains(after) == [rootfs.path(after.paths).name]


def test_two_at_once_fetch_once(mirror: Callable[[str], Lab]) -> None:
    lab = mirror(GOOD)
    both = [lab.start("up") for _ in range(2)]
    ends = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert len(calls(lab)) == 1
    assert any("waiting for process" in err for _, err in ends)
    assert len(lab.engines()) == 1


def test_a_release_file_past_its_date_but_never_an_unsigned_one(
    mirror: Callable[[str], Lab],
) -> None:
    lab = mirror(EXPIRED)
    done = lab.run("up")
    assert done.returncode == 0, done.stderr
    assert "has expired" in done.stderr
    assert "signatures are still checked" in done.stderr
    first, second = calls(lab)
    assert "Check-Valid-Until" not in first
    assert '--aptopt=Acquire::Check-Valid-Until "false"' in second
    words = "trusted=yes", "insecure", "unauthenticated", "no-check", "--force", "allow", "keyring"
    assert not [word for word in words if word in f"{first} {second}".lower()]


@root_only
def test_a_cache_on_a_disk_that_is_too_small(bare: Lab) -> None:
    bare.cache.mkdir(parents=True)
    script = f'mount -t tmpfs -o size=100m none {bare.cache}; exec "$@"'
    said = bare.refused("up", code=3, under=("unshare", "--mount", "sh", "-euc", script, "sh"))
    assert "disk (cache): 0.1 GB free" in said
    assert "set BUILDKIT_LAB_CACHE to a larger disk" in said
    assert not bare.home.exists()


@pytest.mark.parametrize("what", ["download", "unpacking"])
@root_only
def test_a_disk_that_fills_up_on_the_way(
    mirror: Callable[[str], Lab], tmp_path: Path, what: str
) -> None:
    size_mb = 40 if what == "download" else 70
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run(["fallocate", "-l", "50M", str(tree / "large")], check=True)
    lab = mirror(GOOD).but(TREE=tree, before=SMALL_IS_ENOUGH)
    lab.cache.mkdir(parents=True)
    # What is left is looked at before the mount goes with its namespace.
    script = (
        f"mount -t tmpfs -o size={size_mb}m none {lab.cache}; code=0; "
        f'"$@" || code=$?; find {lab.cache} -type f >&2; exit $code'
    )
    done = lab.run("up", under=("unshare", "--mount", "sh", "-euc", script, "sh"))
    assert done.returncode == 3, done.stderr
    said, _, left = done.stderr.rpartition("  next: ")
    assert "the disk is full" in said
    assert "free about 3 GB" in left
    assert [line for line in left.splitlines()[1:] if not line.endswith(".lock")] == []


def test_the_folder_for_temporary_files_fills_up(bare: Lab, tmp_path: Path) -> None:
    """The real mmdebstrap and Debian's real mirror: its lists alone are larger than this."""
    if os.geteuid() != 0:
        pytest.skip("mounts need root")
    (tmp_path / "small").mkdir()
    script = f'mount -t tmpfs -o size=8m none {tmp_path}/small; exec "$@"'
    lab = bare.but(TMPDIR=tmp_path / "small")
    said = lab.refused("up", code=3, under=("unshare", "--mount", "sh", "-euc", script, "sh"))
    assert "the disk is full" in said
    assert remains(lab) == []
