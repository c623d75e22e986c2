"""Lock files, and files that a process lends out for as long as it lives.

The kernel releases a lock when the process that holds it ends, so no lock outlives its holder.
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
"""Longer than any set-up takes that still makes progress."""


@contextlib.contextmanager
def held(
    path: Path,
    *,
    tell: Callable[[str], None],
    wait_s: float = WAIT_S,
    shared: bool = False,
    pause: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lock at ``path`` while the block runs; waits while another process holds it.

    The file contains the process id of the last holder. Only messages use it.

    Args:
        path: The lock file; created if it does not exist.
        tell: Called once, with a line that names the process to wait for.
        wait_s: The longest wait, in seconds.
        shared: Take a shared lock, which other holders of a shared lock do not block.
        pause: Called before each attempt; may raise to end the wait.

    Raises:
        EngineError: Another process still held the lock after ``wait_s``.
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
    """Create a locked file for the length of the block, as a sign that something is lent.

    If the process is killed, the file stays without a lock; ``returned`` finds such files.

    Args:
        path: The file; its folder is created if it does not exist.
        content: The file's text; the file never appears without it.
    """
    # Windows has no fcntl, but this module must be importable there.
    import fcntl  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        # Locked before it is renamed, so that no other process can find it unlocked.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, content.encode())
        partial.replace(path)
        yield
    finally:
        partial.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        os.close(descriptor)


def returned(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` that ``lent`` created and whose processes were killed."""
    # Windows has no fcntl.
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
    """The descriptor of the locked file.

    Tries again if the file was removed during the wait, as by a reset: the next process would
    create and lock a new file.
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
    # Windows has no fcntl, but `sandbox up` must start there to say that it needs Linux.
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
                    next_step=f"see what it does (`ps -fp {holder}`), end it, and try again",
                ) from None
            if not told:
                tell(f"waiting for process {holder}, which is working on the same sandbox …")
                told = True
            time.sleep(0.05)
