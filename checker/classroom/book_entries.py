"""What the grade book holds about a student's work, and how it is written as JSON."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from checker.classroom.build_pictures import Cost
from checker.classroom.layouts import Student
from checker.plain_text import plain_line
from checker.results import Grade

_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a submission cannot be graded at all, and what to do."""

    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Handed:
    """What a student handed in for an exercise.

    Args:
        files: Texts by name; empty if it was refused.
        refusal: Why it cannot be graded; None: it can.
        handed_in_at: When, in UTC; None: nobody knows.
        time_source: Where the time comes from: ``file``, ``zip``, ``tar`` or ``git``.
    """

    files: Mapping[str, str]
    refusal: Refusal | None
    handed_in_at: datetime | None
    time_source: str

    @property
    def digest(self) -> str:
        """Of the content; the time does not count."""
        refused = self.refusal and [self.refusal.message, self.refusal.next_step]
        return digest_of([sorted(self.files.items()), refused])


@dataclass(frozen=True, slots=True)
class Versions:
    """What a grade was made by: digests of the exercise, and of checker and sandbox."""

    exercise: str
    checker: str


@dataclass(frozen=True, slots=True)
class StoredGrade:
    """A grade in the book.

    Args:
        number: Later gradings of an entry have higher numbers.
        submission: The digest of what was graded.
        versions: What it was graded by.
        grade: The grade.
        graded_at: When, in UTC.
        cost: What its builds took; None: nothing was built, or the book is older than that.
    """

    number: int
    submission: str
    versions: Versions
    grade: Grade
    graded_at: datetime
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a teacher gave; they win over every grading."""

    points: int
    max_points: int
    why: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class BookEntry:
    """Everything in the book about one student's work on one exercise.

    Args:
        student: The student.
        key: The name of the student's folder in the book.
        slug: The exercise.
        handed: What counts of what was handed in; None: nothing was.
        grades: All gradings, the latest last; those of earlier submissions, too.
        latest: The latest grade of what counts now; None: it has not been graded.
        override: The latest override; None: there is none.
        aside: Why it was set aside; empty: it was not.
    """

    student: Student
    key: str
    slug: str
    handed: Handed | None
    grades: tuple[StoredGrade, ...]
    latest: StoredGrade | None
    override: Override | None
    aside: str

    @property
    def points(self) -> int | None:
        """The points that count; None: a blank."""
        if self.override is not None:
            return self.override.points
        return None if self.latest is None else self.latest.grade.points

    @property
    def max_points(self) -> int | None:
        """The most points that there are; None: a blank."""
        if self.latest is not None:
            return self.latest.grade.max_points
        return None if self.override is None else self.override.max_points

    @property
    def shown_label(self) -> str:
        """The student's label, for messages and reports."""
        return plain_line(self.student.label)


def key_of(student: Student) -> str:
    """The name of a student's folder: two labels never have the same, on any file system."""
    ascii_form = unicodedata.normalize("NFKD", student.label).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^a-z0-9]+", "-", ascii_form.lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(student.label.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable or 'student'}-{digest}"


def digest_of(data: object) -> str:
    """A digest of values that JSON can hold."""
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:_DIGITS]


def handed_data(handed: Handed) -> dict[str, Any]:
    """For JSON; ``handed_from`` reads it."""
    refusal = handed.refusal
    return {
        "files": dict(handed.files),
        "refusal": refusal and {"message": refusal.message, "next_step": refusal.next_step},
        "handed_in_at": handed.handed_in_at and handed.handed_in_at.isoformat(),
        "time_source": handed.time_source,
    }


def handed_from(data: Mapping[str, Any]) -> Handed:
    """What ``handed_data`` gave."""
    refusal = data["refusal"]
    at = data["handed_in_at"]
    return Handed(
        files=data["files"],
        refusal=Refusal(**refusal) if refusal else None,
        handed_in_at=datetime.fromisoformat(at) if at else None,
        time_source=data["time_source"],
    )


def grade_data(entry: BookEntry, stored: StoredGrade) -> dict[str, Any]:
    """A grade for JSON, with what a reader of the file wants to know; ``grade_from`` reads it."""
    return {
        "number": stored.number,
        "submission": stored.submission,
        "exercise_digest": stored.versions.exercise,
        "checker_digest": stored.versions.checker,
        "student": entry.shown_label,
        "exercise": entry.slug,
        "verdict": stored.grade.verdict.value,
        "points": stored.grade.points,
        "max_points": stored.grade.max_points,
        "graded_at": stored.graded_at.isoformat(),
        "cost": stored.cost and asdict(stored.cost),
        "grade": stored.grade.as_data(),
    }


def grade_from(data: Mapping[str, Any]) -> StoredGrade | None:
    """What ``grade_data`` gave; None if it is damaged."""
    try:
        return StoredGrade(
            number=data["number"],
            submission=data["submission"],
            versions=Versions(data["exercise_digest"], data["checker_digest"]),
            grade=Grade.from_data(data["grade"]),
            graded_at=datetime.fromisoformat(data["graded_at"]),
            cost=Cost(**cost) if (cost := data.get("cost")) else None,
        )
    except (KeyError, TypeError, ValueError):  # as after a power cut: it is graded again
        return None


def override_data(override: Override) -> dict[str, Any]:
    """For JSON; ``override_from`` reads it."""
    return {
        "points": override.points,
        "max_points": override.max_points,
        "why": override.why,
        "given_at": override.given_at.isoformat(),
    }


def override_from(data: Mapping[str, Any]) -> Override:
    """What ``override_data`` gave."""
    return Override(
        data["points"],
        data["max_points"],
        data["why"],
        datetime.fromisoformat(data["given_at"]).astimezone(UTC),
    )
