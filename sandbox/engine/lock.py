"""Lock files: one for whoever starts, stops or removes, one for whoever needs quiet, and one for
each thing that is lent while a process lives.
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


@contextlib.contextmanager
def lent(path: Path, content: str = "") -> Iterator[None]:
    """A new file that says, while the block runs, that something is lent: it is there and locked.

    The kernel frees it with its holder, however that ended; ``returned`` finds what is left then.

    Args:
        path: The file; its folder is made where it is not there.
        content: Is in it from the first moment that it is there.
    """
    # Not on Windows, where this module has to be there all the same.
    import fcntl  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        # Whoever finds it by its name finds it locked.
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
    # Not on Windows either.
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
