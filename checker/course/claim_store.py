"""Records of claims that held on the engine, so that they need not be graded twice.

The tests of the course grade every claim anew and write a record of each one that holds;
``checker lint`` reads the records. A record is found only by the sources that made it: its name
is a digest of the exercise's folder, of the claim, and of every file of the checker and the
sandbox. After any change there is no record, and the claim is graded.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import sandbox
from checker.course.claims import Claim
from checker.course.digests import add_file, add_folder
from checker.exercise import Exercise
from checker.results import Grade
from sandbox import atomic

_CHECKER = Path(__file__).parents[1]
_SOURCES = (_CHECKER, Path(str(sandbox.__file__)).parent)
_TREE_DIGITS = 16


def default_folder() -> Path:
    """The folder in which the tests of this checkout write their records; it may not exist."""
    return _CHECKER.parent / "build" / "claims"


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A claim that held.

    Args:
        grade: The grade of its submission.
        recorded_at: When, in UTC.
    """

    grade: Grade
    recorded_at: datetime


class ClaimStore:
    """Records in a folder, one JSON file each.

    Args:
        folder: Made when the first record is written.
        sources: The folders that a record depends on: after a change to one of their files, the
            record is no longer used.
    """

    def __init__(self, folder: Path, sources: Iterable[Path] = _SOURCES) -> None:
        self._folder = folder
        self._sources = tuple(sources)

    def find(self, exercise: Exercise, claim: Claim) -> ClaimRecord | None:
        """The record of this claim; None if the claim was not proven with these sources."""
        try:
            data = json.loads(
                (self._folder / f"{self.key(exercise, claim)}.json").read_text(encoding="utf-8")
            )
            record = ClaimRecord(
                Grade.from_data(data["grade"]), datetime.fromisoformat(data["recorded_at"])
            )
        except (OSError, ValueError, KeyError, TypeError):  # no record, or an incomplete one
            return None
        return None if claim.find_fault(record.grade) else record

    def write(self, exercise: Exercise, claim: Claim, grade: Grade, *, key: str) -> None:
        """Record that the claim held; remove the record when the grade disproves the claim.

        Args:
            key: The result of ``key`` before the sources were loaded. If the key has changed since,
                the sources have changed too, and nothing is recorded.
        """
        if key != ClaimStore(self._folder, self._sources).key(exercise, claim):
            return
        path = self._folder / f"{key}.json"
        if claim.find_fault(grade):
            path.unlink(missing_ok=True)
            return
        content = {
            "exercise": exercise.slug,
            "claim": claim.name,
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "grade": grade.as_data(),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, json.dumps(content, indent=2) + "\n")

    def remove_outdated(self) -> None:
        """Remove the records that were made with other versions of the sources."""
        for path in self._folder.glob("*"):
            if not path.name.startswith(self._tree):
                path.unlink(missing_ok=True)

    def key(self, exercise: Exercise, claim: Claim) -> str:
        """A digest of the claim and of all files that its grade depends on.

        The files of the checker and the sandbox are read once, at this object's first use.
        """
        digest = hashlib.sha256(repr((exercise.slug, claim.name, claim.fails)).encode())
        for name, content in sorted(claim.submission.files.items()):
            add_file(digest, name, content)
        add_folder(digest, exercise.folder)
        return f"{self._tree}-{digest.hexdigest()}"

    @cached_property
    def _tree(self) -> str:
        digest = hashlib.sha256(platform.python_version().encode())
        for folder in self._sources:
            add_folder(digest, folder)
        return digest.hexdigest()[:_TREE_DIGITS]
