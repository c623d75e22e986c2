"""Lock files: for the start, stop and removal of a sandbox, for exclusive use of its engine, and
for each thing that is lent while a process lives.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.errors import EngineError

WAIT_S = 900.0
"""Longer than any set-up that makes progress."""


@contextlib.contextmanager
def held(
    path: Path,
    *,
    tell: Callable[[str], None],
    wait_s: float = WAIT_S,
    shared: bool = False,
    pause: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lock at ``path``; wait for another holder, and report the wait once.

    The kernel frees the lock when its holder ends, however it ends, so it cannot go stale.
    The file contains the id of its last holder's process, for the message alone.

    Args:
        path: The file; made if it is not there.
        tell: Takes the line that reports the wait.
        wait_s: How long to wait.
        shared: Whether other sharers may hold the lock at the same time.
        pause: Called before each attempt; it may raise to end the wait.

    Raises:
        EngineError: Another process still held it after ``wait_s``.
    """
    descriptor = _locked(path, tell, wait_s, shared=shared, pause=pause)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def lent(path: Path, content: str = "") -> Iterator[None]:
    """A new, locked file that records, while the block runs, that something is lent.

    The kernel frees the lock when its holder ends, however it ends; ``returned`` finds such files.

    Args:
        path: The file; its folder is made if it is not there.
        content: Of the file, from the moment when it appears.
    """
    # Windows lacks this module, and must be able to import the rest.
    import fcntl  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        # The file is locked before it has its name.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, content.encode())
        partial.replace(path)
        yield
    finally:
        partial.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        os.close(descriptor)


def returned(folder: Path) -> Iterator[Path]:
    """The files of ``lent`` in a folder whose holders have ended without removing them."""
    # Windows lacks this module.
    import fcntl  # noqa: PLC0415

    for path in folder.glob("[!.]*"):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield path


def _locked(
    path: Path,
    tell: Callable[[str], None],
    wait_s: float,
    *,
    shared: bool,
    pause: Callable[[], None],
) -> int:
    """A descriptor of the locked file. A file that a reset removed meanwhile is no lock: the next
    process would make another one.
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _acquire(descriptor, path, tell, wait_s, shared=shared, pause=pause)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _acquire(
    descriptor: int,
    path: Path,
    tell: Callable[[str], None],
    wait_s: float,
    *,
    shared: bool,
    pause: Callable[[], None],
) -> None:
    # Windows lacks this module, and `sandbox up` must be able to say that it needs Linux.
    import fcntl  # noqa: PLC0415

    give_up = time.monotonic() + wait_s
    told = False
    while True:
        pause()
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown"
            if time.monotonic() > give_up:
                raise EngineError(
                    f"Process {holder} has held {path} for more than {wait_s:g} s.",
                    next_step=f"look at what it does (`ps -fp {holder}`), end it, and try again",
                ) from None
            if not told:
                tell(f"waiting for process {holder}, which is at work on the same sandbox …")
                told = True
            time.sleep(0.05)
