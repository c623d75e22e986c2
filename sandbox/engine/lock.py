"""Lock files: one for whoever starts, stops or removes, one for whoever needs quiet."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.errors import EngineError

WAIT_S = 900.0
"""Longer than any set-up that is still getting somewhere."""


@contextlib.contextmanager
def held(
    path: Path,
    *,
    tell: Callable[[str], None],
    wait_s: float = WAIT_S,
    shared: bool = False,
    pause: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lock at ``path``; waits for another holder, and says so once.

    The kernel frees it with its holder, however that ended, so it cannot go stale.
    The file holds the id of the last process that had it, for the message alone.

    Args:
        path: The file; made where it is not there.
        tell: Takes the line that says whom it waits for.
        wait_s: How long it waits.
        shared: Let others in who share it as well, and keep out those who do not.
        pause: Called before each look, for what may end the wait by raising.

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


def _locked(
    path: Path,
    tell: Callable[[str], None],
    wait_s: float,
    *,
    shared: bool,
    pause: Callable[[], None],
) -> int:
    """A descriptor of the locked file. One that was removed meanwhile, as by a reset, is no lock:
    the next to come would make another.
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
    # Not on Windows, where `sandbox up` has to live long enough to say so.
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
            if not told and holder != str(os.getpid()):  # not of another thread's short turn
                tell(f"waiting for process {holder}, which is at work on the same sandbox …")
                told = True
            time.sleep(0.05)
