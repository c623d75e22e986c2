"""Downloads Debian packages with mmdebstrap, as an unpacked tree in a tarball.

The engine's root file system and the base images are made from such tarballs. The lab names no
mirror: mmdebstrap uses the one that it is configured for.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import atomic, process
from sandbox.errors import HostError, SetupError

INSTALL = "run `make setup`, or install the package mmdebstrap (`sudo apt-get install mmdebstrap`)"
IGNORE_EXPIRY = '--aptopt=Acquire::Check-Valid-Until "false"'
FETCHED = re.compile(r"(?m)^Fetched ([\d.,]+) ([kMG]?)B in ")
"""apt's report of a download. One line is about package lists, another about packages; each
amount is rounded to three digits.
"""
UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
NO_NETWORK = re.compile(
    r"Temporary failure resolving|Could not resolve|Could not connect|Network is unreachable|"
    r"Failed to fetch|Connection (?:timed out|failed|refused)|Unable to connect"
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A set of Debian packages for mmdebstrap to unpack.

    Args:
        suite: Debian's name for a release, as ``forky``.
        packages: Packages to add to those of the variant; mmdebstrap adds their dependencies.
        variant: mmdebstrap's ``--variant``; ``extract`` unpacks and runs no maintainer script.
        architecture: Debian's name, as ``arm64``; None: this machine's architecture.
    """

    suite: str
    packages: tuple[str, ...]
    variant: str = "extract"
    architecture: str | None = None


def fetch(
    tree: Tree,
    tarball: Path,
    *,
    tell: Callable[[str], None],
    again: str = "the same command again",
) -> int:
    """Download ``tree`` into ``tarball``; the file appears complete or not at all.

    An expired Release file is accepted and reported through ``tell``; signatures are always
    checked.

    Args:
        tree: The packages to download.
        tarball: The file to write.
        tell: Called with a line of progress.
        again: The command that tries the download again, for error messages.

    Returns:
        The number of downloaded bytes.

    Raises:
        HostError: mmdebstrap is missing, or the disk is full.
        SetupError: The packages could not be downloaded.
    """
    program = process.find("mmdebstrap", next_step=INSTALL)
    tarball.parent.mkdir(parents=True, exist_ok=True)
    argv = [
        program,
        f"--variant={tree.variant}",
        "--format=tar",
        "--verbose",  # for FETCHED
        # Device nodes cannot be unpacked without real root, and are not needed.
        "--skip=output/dev",
        f"--include={','.join(tree.packages)}",
        *([f"--architectures={tree.architecture}"] if tree.architecture else []),
    ]
    # In a user namespace mmdebstrap runs as a subordinate id, which may not be able to enter this
    # user's TMPDIR.
    env = {**os.environ, "TMPDIR": "/tmp"} if os.geteuid() else None  # noqa: S108
    with atomic.made_whole(tarball) as partial:
        done = process.run([*argv, tree.suite, str(partial)], env=env, check=False, tied=True)
        if "is expired" in done.stderr and not done.ok:
            tell(
                f"the mirror's Release file of {tree.suite} has expired: downloading "
                "without the freshness check (signatures are still checked) …"
            )
            argv.insert(1, IGNORE_EXPIRY)
            done = process.run([*argv, tree.suite, str(partial)], env=env, check=False, tied=True)
        if not done.ok:
            raise _failure(done, tree, again)
    return fetched_bytes(done.stderr)


def fetched_bytes(said: str) -> int:
    """The number of bytes downloaded, according to apt's own report."""
    found = FETCHED.findall(said)
    return round(sum(float(n.replace(",", "")) * UNITS[unit] for n, unit in found))


def _failure(done: process.Completed, tree: Tree, again: str) -> HostError | SetupError:
    what = f"The Debian packages {', '.join(tree.packages[:3])} … could not be downloaded"
    if process.DISK_FULL.search(done.stderr):
        return HostError(
            f"{what}: the disk is full.",
            next_step="free about 3 GB in /tmp and in the folder BUILDKIT_LAB_CACHE",
            argv=done.argv,
            exit_code=done.exit_code,
            stderr_tail=process.tail(done.stderr, 4),
        )
    if NO_NETWORK.search(done.stderr):
        return SetupError(
            f"{what}: the network did not answer, or the connection broke. "
            "The incomplete files were removed.",
            next_step=f"connect this machine to the network and run {again}",
            argv=done.argv,
            exit_code=done.exit_code,
            stderr_tail=process.tail(done.stderr, 6),
        )
    return SetupError(
        f"{what}: mmdebstrap failed.",
        next_step="read the end of its output above; `sandbox doctor` checks what it needs",
        argv=done.argv,
        exit_code=done.exit_code,
        stderr_tail=process.tail(done.stderr),
    )


def content_key(parts: Sequence[str]) -> str:
    """A key of 16 hex digits for content made from these texts, the same on every machine."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
