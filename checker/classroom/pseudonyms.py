"""Names for a projector: "student 1", in an order that says nothing about who it is."""

from __future__ import annotations

import json
import random
from collections.abc import Collection
from pathlib import Path

from sandbox import atomic

_FILE = "pseudonyms.json"
_SHUFFLER = random.SystemRandom()


class Pseudonyms:
    """Numbers for students, which they keep as long as the book lasts.

    Args:
        book: The folder of the grade book, which keeps the numbers.
    """

    def __init__(self, book: Path) -> None:
        self._path = book / _FILE
        self._numbers = _read(self._path)

    def number_all(self, ids: Collection[str]) -> None:
        """Give a number to each student who has none; no two students may have one id."""
        new = sorted(set(ids) - self._numbers.keys())
        if not new:
            return
        _SHUFFLER.shuffle(new)
        first = max(self._numbers.values(), default=0) + 1
        self._numbers = {**self._numbers, **{one: first + n for n, one in enumerate(new)}}
        atomic.write_text(self._path, json.dumps(self._numbers, indent=1) + "\n")

    def number(self, student_id: str) -> int:
        """The number of a student who has one."""
        return self._numbers[student_id]


def _read(path: Path) -> dict[str, int]:
    """The numbers; none if there is no file, or if it was damaged."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict) or not all(type(one) is int for one in data.values()):
        return {}
    return data
