"""Notices that files were saved, however an editor does it.

Polling works where notifications of the system do not (network and shared folders, containers),
and costs nothing for a few small files. An editor may write in place, write a new file and rename
it, or remove the file first: a save is over once the files have not changed for a moment, and
that moment is longer while one of them is missing or empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

SETTLE_S = 0.1
"""How long files must stay unchanged if none is missing or empty."""
GAP_S = 0.5
"""The same if a file is missing or empty: during a save, this rarely lasts longer."""

_Mark = tuple[int, int, int] | None


class Seen(StrEnum):
    """The state of the files at one moment."""

    NOTHING = "nothing"
    SAVING = "saving"  # a save has begun
    SAVED = "saved"  # the save is complete


class Saves:
    """Watches the files that the learner hands in.

    Args:
        folder: The learner's folder.
        names: The submitted files; other files in the folder do not count.
        clock: Seconds, monotonic.
    """

    def __init__(self, folder: Path, names: Sequence[str], *, clock: Callable[[], float]) -> None:
        self._paths = [folder / name for name in names]
        self._clock = clock
        self._marks = self._look()
        self._since: float | None = None

    def look(self) -> Seen:
        """The changes since the last look."""
        marks, now = self._look(), self._clock()
        if marks != self._marks:
            is_first = self._since is None
            self._marks, self._since = marks, now
            return Seen.SAVING if is_first else Seen.NOTHING
        is_whole = all(mark is not None and mark[1] for mark in marks)
        if self._since is None or now - self._since < (SETTLE_S if is_whole else GAP_S):
            return Seen.NOTHING
        self._since = None
        return Seen.SAVED

    def _look(self) -> tuple[_Mark, ...]:
        return tuple(_mark(path) for path in self._paths)


def _mark(path: Path) -> _Mark:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
