"""What submissions cost: the slowest gradings, the biggest images, and what a bound has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import nlargest

from checker.classroom.book_entries import StoredGrade
from checker.classroom.book_rows import BookRows, BookStudent
from checker.results import Verdict

MOST_ROWS = 10
_MOST_BOUND = 100
_BOUNDS = (Verdict.TIMEOUT, Verdict.OUT_OF_MEMORY, Verdict.DISK_FULL)
"""Verdicts of submissions that were ended because they reached a limit."""


@dataclass(frozen=True, slots=True)
class CostRow:
    """One submission that counts."""

    student: BookStudent
    slug: str
    stored: StoredGrade

    @property
    def duration_s(self) -> float:
        return self.stored.grade.duration_s

    @property
    def image_bytes(self) -> int:
        """The size of its biggest image; 0: none is known."""
        return (self.stored.cost and self.stored.cost.image_bytes) or 0

    @property
    def downloaded_bytes(self) -> int:
        return self.stored.cost.downloaded_bytes if self.stored.cost else 0


@dataclass(frozen=True, slots=True)
class ClassCosts:
    """The most expensive submissions, the most expensive first.

    Args:
        duration_s: Seconds of all gradings that count.
        slowest: By the seconds of the grading.
        biggest: By the size of the image; those without a known image are left out.
        bound: Ended by a bound, by exercise; at most 100.
        bound_count: How many were ended by one.
    """

    duration_s: float
    slowest: tuple[CostRow, ...]
    biggest: tuple[CostRow, ...]
    bound: tuple[CostRow, ...]
    bound_count: int


def costs_of(rows: BookRows) -> ClassCosts:
    """The costs of all latest grades; tutors count as well, since their work runs as well."""
    found = [
        CostRow(student, slug, entry.latest)
        for student in rows.students
        for slug, entry in sorted(student.entries.items())
        if entry.latest is not None
    ]
    bound = sorted(
        (row for row in found if row.stored.grade.verdict in _BOUNDS), key=lambda row: row.slug
    )
    return ClassCosts(
        duration_s=sum(row.duration_s for row in found),
        slowest=_most(found, lambda row: row.duration_s),
        biggest=_most((row for row in found if row.image_bytes), lambda row: row.image_bytes),
        bound=tuple(bound[:_MOST_BOUND]),
        bound_count=len(bound),
    )


def _most(rows: Iterable[CostRow], figure: Callable[[CostRow], float]) -> tuple[CostRow, ...]:
    return tuple(nlargest(MOST_ROWS, rows, key=figure))
