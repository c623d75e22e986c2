"""Downloads wheels from PyPI with this Python's own pip, each pinned by its hash.

Some programs of a base image have no Debian package. The lab names no index: pip uses the one that
it is configured for.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

from sandbox import atomic, process
from sandbox.errors import HostError, SetupError

PLATFORMS = {"amd64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}
"""Docker's name of an architecture → pip's platform tag for it."""
NO_NETWORK = re.compile(r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolution")


def fetch(
    requirements: Path,
    architecture: str,
    folder: Path,
    *,
    again: str = "the same command again",
) -> int:
    """Download all wheels of a requirements file into ``folder``, which appears once complete.

    Args:
        requirements: A requirements file with a ``--hash`` on every line, including the lines of
            dependencies.
        architecture: The architecture, as docker writes it.
        folder: The folder to create.
        again: The command that tries the download again, for error messages.

    Returns:
        The number of downloaded bytes.

    Raises:
        HostError: This Python has no pip, or the disk is full.
        SetupError: A wheel could not be downloaded, or its hash is wrong.

    Source: pip download, reference; https://pip.pypa.io/en/stable/topics/secure-installs/
    """
    if importlib.util.find_spec("pip") is None:
        raise HostError(
            f"The Python at {sys.executable} has no pip, which a base image needs for a download.",
            next_step=f"run `{sys.executable} -m ensurepip`, or `make setup` in a fresh checkout",
        )
    argv = [
        sys.executable,
        *("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        "--no-cache-dir",  # the lab has a cache of its own, and leaves pip's alone
        *("--no-deps", "--require-hashes", "--only-binary=:all:"),
        f"--platform={PLATFORMS[architecture]}",
        f"--requirement={requirements}",
    ]
    with atomic.made_whole(folder) as partial:
        done = process.run([*argv, f"--dest={partial}"], check=False, tied=True)
        if not done.ok:
            raise _failure(done, requirements, again)
    return sum(wheel.stat().st_size for wheel in folder.iterdir())


def _failure(done: process.Completed, requirements: Path, again: str) -> HostError | SetupError:
    names = re.findall(r"(?m)^([\w.-]+==[\w.]+)", requirements.read_text())
    what = f"{', '.join(names)} could not be downloaded from PyPI"
    kind: type[HostError | SetupError] = SetupError
    if process.DISK_FULL.search(done.stderr):
        kind, why = HostError, "the disk is full"
        step = "free about 3 GB in /tmp and in the folder BUILDKIT_LAB_CACHE"
    elif NO_NETWORK.search(done.stderr):
        why = "the network did not answer, or the connection broke"
        step = f"connect this machine to the network and run {again}"
    elif "DO NOT MATCH THE HASHES" in done.stderr:
        why = "a downloaded file does not have the hash that the lab expects, so it is not used"
        step = "try again later; if the error stays, tell the lab's authors"
    else:
        why = "pip failed"
        step = "read the end of its output above, then run the same command again"
    return kind(
        f"{what}: {why}.",
        next_step=step,
        argv=done.argv,
        exit_code=done.exit_code,
        stderr_tail=process.tail(done.stderr, 6),
    )
