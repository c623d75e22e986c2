"""The engine's files are being made, and something cuts in: said plainly, nothing half-made stays.

Debian's mirror is replaced by a program of mmdebstrap's name. It packs the tree that the cache
holds already where an engine is to run in it, and elsewhere a tree of 2 MB, which has what
unpacking asks of it and is unpacked by the same script.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
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
SLOW_TAR = """case "$1" in --extract) ;; *) exec /usr/bin/tar "$@" ;; esac
/usr/bin/tar "$@"
while read _ _ _ parent _ < /proc/$$/stat && [ $parent = $PPID ]; do sleep 0.1; done"""
"""A tar that has unpacked all files and goes on for as long as there is who started it."""
NO_ENGINE = "from sandbox.engine import rootless; rootless.start = lambda *_, **__: sys.exit(0)"
"""`up` is over once the engine's files are whole; nothing has been started in them."""
REGISTRY = "9.9.9"


@pytest.fixture
def whole(bare: Lab, cache: Path) -> Path:
    """The tree that the cache holds."""
    return rootfs.ensure(Paths(bare.home, cache), tell=print)


@pytest.fixture
def small(whole: Path, tmp_path: Path) -> Path:
    """A tree with the programs that unpacking runs in it, and no others."""
    tree = tmp_path / "small-tree"
    programs = tree / "usr" / "bin"
    for folder in (programs, tree / "usr" / "sbin", tree / "etc"):
        folder.mkdir(parents=True)
    shutil.copy(whole / "usr" / "bin" / "busybox", programs)
    for name in ("sh", "cut", "head"):
        (programs / name).symlink_to("busybox")
    says = {"docker-registry": f"docker-registry of-a-test {REGISTRY}", "python3": "compiled"}
    for name, line in says.items():
        (programs / name).write_text(f"#!/usr/bin/sh\necho {line}\n")
        (programs / name).chmod(0o755)
    return tree


@pytest.fixture
def mirror(bare: Lab, programs: Callable[..., str], tmp_path: Path) -> Callable[..., Lab]:
    """Takes a script and a tree: a sandbox without any files, whose mmdebstrap is the script."""
    calls = tmp_path / "calls"
    calls.touch()

    def make(script: str, tree: Path, tar: str = 'exec /usr/bin/tar "$@"') -> Lab:
        path = programs(fake={"mmdebstrap": script, "tar": tar})
        return bare.but(PATH=path, TREE=tree, CALLS=calls)

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


def assert_whole(lab: Lab) -> None:
    """The small tree is there to the last file that unpacking writes, and nothing beside it."""
    tree = rootfs.path(lab.paths)
    assert rootfs.versions(tree)["registry"] == REGISTRY
    assert remains(lab) == [tree.name]


def test_a_download_that_is_cut_off_and_then_goes_well(
    mirror: Callable[..., Lab], whole: Path
) -> None:
    said = mirror(CUT_OFF, whole).refused("up", code=3)
    assert "the connection broke" in said
    assert "Connection timed out" in said
    lab = mirror(GOOD, whole)
    assert remains(lab) == []
    assert lab.run("up").returncode == 0
    assert lab.run("shell", "--", "docker", "version").returncode == 0
    assert remains(lab) == [rootfs.path(lab.paths).name]


def test_a_tarball_that_is_not_whole(mirror: Callable[..., Lab], small: Path) -> None:
    lab = mirror(f"{HALF} && tar -cf - /usr/bin/tar | head -c 100000 > $tarball", small)
    said = lab.refused("up", code=3)
    assert "could not be unpacked" in said
    assert remains(lab) == []


@pytest.fixture(params=["download", "unpacking"])
def halfway(
    request: pytest.FixtureRequest, mirror: Callable[..., Lab], small: Path
) -> Iterator[tuple[Lab, subprocess.Popen[str]]]:
    """A sandbox whose files are half there, and the ``up`` that makes them."""
    if request.param == "download":
        lab, sign = mirror(SLOW, small), "*.partial-*"
    else:
        lab, sign = mirror(GOOD, small, tar=SLOW_TAR), "*.partial/usr/bin/docker-registry"
    process = lab.start("up")
    lab.wait_until(lambda: list(lab.paths.rootfs.glob(sign)), f"half of it: {sign}")
    yield lab, process
    if process.poll() is None:
        process.kill()
        process.communicate()


def test_ctrl_c_while_it_is_set_up(
    halfway: tuple[Lab, subprocess.Popen[str]], mirror: Callable[..., Lab], small: Path
) -> None:
    lab, process = halfway
    said = lab.ctrl_c(process)
    assert "interrupted; run the same command again" in said
    assert remains(lab) == []
    assert lab.processes() == []
    after = replace(mirror(GOOD, small), before=NO_ENGINE)
    assert after.run("up").returncode == 0
    assert_whole(after)


def test_killed_while_it_is_set_up(
    halfway: tuple[Lab, subprocess.Popen[str]], mirror: Callable[..., Lab], small: Path
) -> None:
    lab, process = halfway
    process.kill()
    process.communicate()
    fetching = int(calls(lab)[0].split()[0])
    lab.wait_until(lambda: not psutil.pid_exists(fetching), "mmdebstrap has ended")
    lab.wait_until(lambda: not lab.processes(), "what it had started has ended")
    assert remains(lab) != []
    after = replace(mirror(GOOD, small), before=NO_ENGINE)
    assert after.run("up").returncode == 0
    assert_whole(after)


def test_two_at_once_fetch_once(mirror: Callable[..., Lab], whole: Path) -> None:
    lab = mirror(GOOD, whole)
    both = [lab.start("up") for _ in range(2)]
    ends = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert len(calls(lab)) == 1
    assert any("waiting for process" in err for _, err in ends)
    assert len(lab.engines()) == 1
    assert lab.run("shell", "--", "docker", "version").returncode == 0


def test_a_release_file_past_its_date_but_never_an_unsigned_one(
    mirror: Callable[..., Lab], small: Path
) -> None:
    lab = replace(mirror(EXPIRED, small), before=NO_ENGINE)
    done = lab.run("up")
    assert done.returncode == 0, done.stderr
    assert_whole(lab)
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
    mirror: Callable[..., Lab], tmp_path: Path, what: str
) -> None:
    size_mb = 40 if what == "download" else 70
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run(["fallocate", "-l", "50M", str(tree / "large")], check=True)
    lab = replace(mirror(GOOD, tree), before=SMALL_IS_ENOUGH)
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
    # Its path is longer than the kernel allows for a socket's.
    small = tmp_path / ("small" * 20)
    small.mkdir()
    script = f'mount -t tmpfs -o size=8m none {small}; exec "$@"'
    lab = bare.but(TMPDIR=small)
    said = lab.refused("up", code=3, under=("unshare", "--mount", "sh", "-euc", script, "sh"))
    assert "the disk is full" in said
    assert remains(lab) == []
