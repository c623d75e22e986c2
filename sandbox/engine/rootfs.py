"""The engine's root file system: Debian packages, unpacked once and then used read-only."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from sandbox import process
from sandbox.engine import debian, lock, user_namespace
from sandbox.engine.paths import Paths
from sandbox.errors import CommandError, HostError, SetupError

TREE = debian.Tree(
    # Debian 13's engine is too old: it lacks build checks, `buildx history` and SLSA v1.
    suite="forky",
    packages=(
        "base-files",
        "busybox-static",
        "ca-certificates",
        "containerd",
        "coreutils",
        "dash",
        "dnsmasq-base",
        "docker-buildx",
        "docker-cli",
        "docker-registry",
        "docker.io",
        "git",
        "iproute2",
        "iptables",
        "mount",
        "openssh-client",
        "openssh-server",
        "python3",
        "qemu-user",
        "runc",
    ),
)
DISK_BYTES = 3_000_000_000
"""Disk needed during set-up, when the tarball and the unpacked tree both exist."""


def _script() -> str:
    return files("sandbox.engine").joinpath("unpack.sh").read_text()


def path(paths: Paths) -> Path:
    """The path of the tree for this version of the lab, whether or not the tree exists."""
    key = debian.content_key((TREE.suite, TREE.variant, *TREE.packages, _script()))
    return paths.rootfs / key


def ensure(paths: Paths, *, tell: Callable[[str], None]) -> Path:
    """The path of the tree, which is made first if it does not exist.

    The tree is unpacked beside its final path and renamed once it is complete.

    Raises:
        HostError: A program is missing, or the disk is full.
        SetupError: The packages could not be downloaded or unpacked.
    """
    target = path(paths)
    if target.is_dir():
        return target
    # Before the download, which takes minutes.
    process.find("rootlesskit", next_step=user_namespace.INSTALL)
    with lock.held(target.with_suffix(".lock"), tell=tell):
        if target.is_dir():
            return target
        _need_disk(target.parent)
        for old in target.parent.glob("*.partial"):
            remove(old)
        partial = target.with_suffix(".partial")
        tarball = target.with_suffix(".tar")
        tell("downloading the engine from Debian (once, about 250 MB) …")
        try:
            debian.fetch(TREE, tarball, tell=tell)
            tell("unpacking the engine …")
            _unpack(tarball, partial)
            partial.rename(target)
        finally:
            tarball.unlink(missing_ok=True)
            remove(partial)
    return target


def versions(rootfs: Path) -> dict[str, str]:
    """The versions of ``registry`` and ``qemu``, which the tree records when it is unpacked."""
    lines = (rootfs / "etc" / "lab-versions").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)


def remove(*paths: Path) -> None:
    """Delete folders whose files may belong to subordinate ids, and after them files, in order.

    A path that does not exist is left out.
    """
    folders = [path for path in paths if path.is_dir() and not path.is_symlink()]
    if folders:
        # Not shutil.rmtree, which is recursive: a build can make thousands of nested folders.
        command = ["rm", "-rf", "--one-file-system", *map(str, folders)]
        with contextlib.suppress(CommandError, HostError):
            process.run(command)
        if any(folder.exists() for folder in folders):
            user_namespace.run(command, tied=False)
    for path in paths:
        if path not in folders:
            path.unlink(missing_ok=True)


def _need_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        raise HostError(
            f"{folder} has {free / 1e9:.1f} GB free; the engine needs {DISK_BYTES / 1e9:.0f} GB "
            "while it is set up.",
            next_step="free disk space, or set BUILDKIT_LAB_CACHE to a folder on a larger disk",
        )


def _unpack(tarball: Path, target: Path) -> None:
    with as_file(files("sandbox.engine").joinpath("unpack.sh")) as script:
        try:
            user_namespace.run(["sh", str(script), str(tarball), str(target)])
        except CommandError as error:
            full = process.DISK_FULL.search(error.stderr_tail) is not None
            raise (HostError if full else SetupError)(
                "The engine's files could not be unpacked"
                + (": the disk is full." if full else " in a user namespace."),
                next_step="free about 3 GB and try again" if full else "run `sandbox doctor`",
                argv=error.argv,
                exit_code=error.exit_code,
                stderr_tail=error.stderr_tail,
            ) from error
