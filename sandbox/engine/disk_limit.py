"""Ends a sandbox that uses more disk than it may.

A quota of the file system would need a file system of its own, which an ordinary user cannot mount.
So the sandbox is watched: whenever the machine's disk has become noticeably fuller, or some seconds
have passed, the sandbox's files are counted.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.engine import rootless
from sandbox.engine.paths import Paths
from sandbox.engine.state import load
from sandbox.errors import SandboxError

POLL_S = 0.1
COUNT_EVERY_S = 5.0
NOTICEABLE = 8
"""The part of a limit, as a divisor, by which the disk is noticeably fuller."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Disk in use, or the most that may be in use.

    Args:
        size_bytes: The bytes of all blocks.
        files: The number of files and folders (inodes).
    """

    size_bytes: int
    files: int

    def __sub__(self, other: DiskUse) -> DiskUse:
        return DiskUse(self.size_bytes - other.size_bytes, self.files - other.files)

    def exceeds(self, limit: DiskUse) -> bool:
        return self.size_bytes > limit.size_bytes or self.files > limit.files


def is_exceeded(paths: Paths) -> bool:
    """Whether the sandbox was ended, since its start, for the disk that it used."""
    return paths.disk_exceeded.exists()


@contextmanager
def enforced(paths: Paths, limit: DiskUse) -> Iterator[None]:
    """End the engine of this sandbox if its files exceed a limit while the block runs."""
    is_over = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(paths, limit, is_over), name="disk limit", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _watch(paths: Paths, limit: DiskUse, is_over: threading.Event) -> None:
    noticeable = DiskUse(limit.size_bytes // NOTICEABLE, limit.files // NOTICEABLE)
    seen, counted_at = _of_machine(paths), time.monotonic()
    while not is_over.wait(POLL_S):
        now = _of_machine(paths)
        is_fuller = (now - seen).exceeds(noticeable)
        if not is_fuller and time.monotonic() - counted_at < COUNT_EVERY_S:
            continue
        # An engine that has just ended cannot count its files, and makes no more of them.
        with contextlib.suppress(SandboxError):
            if _of_sandbox(paths).exceeds(limit):
                paths.disk_exceeded.touch()
                _end(paths)
                return
        seen, counted_at = now, time.monotonic()


def _of_machine(paths: Paths) -> DiskUse:
    disk = os.statvfs(paths.home)
    return DiskUse((disk.f_blocks - disk.f_bfree) * disk.f_frsize, disk.f_files - disk.f_ffree)


def _of_sandbox(paths: Paths) -> DiskUse:
    """Count the sandbox's files from within, where files of all its users can be read."""
    state = load(paths.state)
    if state is None:
        return DiskUse(0, 0)

    def count(*options: str) -> int:
        # Files come and go meanwhile, for which du has an error.
        done = rootless.inside(state, ("du", "-sx", *options, "/lab"), check=False)
        return int(done.stdout.split()[0]) if done.stdout.split() else 0

    return DiskUse(count("--block-size=1"), count("--inodes"))


def _end(paths: Paths) -> None:
    state = load(paths.state)
    if state is not None and state.process is not None:
        rootless.end(state.process, grace_s=0)
