"""Files and folders that appear whole or not at all: made beside their place, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PARTIAL = ".partial-"


def write_text(path: Path, text: str, *, mode: int = 0o666, durable: bool = False) -> None:
    """Write a file; readers find the complete old text or the complete new text at any time.

    Args:
        mode: Permissions of a new file, as far as the umask leaves them.
        durable: Wait until the disk has the text, so that a power cut leaves no empty file.
    """
    write_bytes(path, text.encode(), mode=mode, durable=durable)


def write_bytes(path: Path, content: bytes, *, mode: int = 0o666, durable: bool = False) -> None:
    """As ``write_text``, for a file that is no text."""
    partial = _beside(path)
    try:
        partial.touch(mode=mode)
        with partial.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """Yield a path for a new file or folder, which becomes ``target`` when the block succeeds.

    Leftovers of a killed process are removed first, so only one process at a time may make the same
    target: callers hold a lock.
    """
    for left in list(target.parent.glob(f"{target.name}{_PARTIAL}*")):
        _remove(left)
    partial = _beside(target)
    try:
        yield partial
        partial.rename(target)
    finally:
        _remove(partial)


def remove_partial(folder: Path) -> None:
    """Remove what killed processes have left half-made in a folder, and in those below it.

    No process may write there meanwhile.
    """
    for where, folders, files in os.walk(folder):  # quicker than a glob among thousands of files
        for name in (*folders, *files):
            if _PARTIAL in name:
                _remove(Path(where, name))


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}{_PARTIAL}{os.getpid()}")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
