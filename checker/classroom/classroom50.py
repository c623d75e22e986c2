"""The results that Classroom 50 collects: a ``result.json`` for each graded submission.

Source: foundation50/classroom50, ``classroom50/result/v1``. In a run of Classroom 50, variables of
the environment name the one submission; elsewhere its student and its exercise do. A submission
without a grade has no file, so that trouble of the sandbox is never reported as points.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime

from checker.classroom.book_entries import BookEntry
from checker.classroom.book_rows import BookRows, BookStudent
from checker.classroom.book_texts import BookText
from checker.classroom.platform_exports import cell_of, students_of
from checker.errors import UsageError
from checker.results import Status

SCHEMA = "classroom50/result/v1"
_OF_CLASS = ("CLASSROOM", "OWNER")
_OF_SUBMISSION = (
    "ASSIGNMENT",
    "SUBMISSION_TAG",
    "USERNAME",
    "COMMIT_URL",
    "RELEASE_URL",
    "REVIEW_URL",
)
_A_RUN = "SUBMISSION_TAG"
"""Set in a run of Classroom 50; a ``USERNAME`` without it is that of the teacher's machine."""


def as_classroom50(
    rows: BookRows, *, delimiter: str = ",", environ: Mapping[str, str] = os.environ
) -> list[BookText]:
    """A ``result.json`` for each submission with points, in a folder for each exercise.

    Args:
        rows: The book.
        delimiter: Of CSV only.
        environ: Names the classroom; in a run of Classroom 50, also the one submission.

    Raises:
        UsageError: In a run of Classroom 50, the book has no grade or several.
    """
    del delimiter
    graded = [
        (student, entry)
        for student in students_of(rows)
        for _, entry in sorted(student.entries.items())
        if entry.points is not None
    ]
    if not environ.get(_A_RUN):
        return [
            BookText(
                f"classroom50/{entry.slug}/{student.key}.json", _result(student, entry, environ)
            )
            for student, entry in graded
        ]
    if len(graded) != 1:
        raise UsageError(
            f"{_A_RUN} names one submission, and the book has {len(graded)} grades.",
            next_step="grade one exercise of one student into a new book, or unset the variable",
        )
    ((student, entry),) = graded
    return [BookText("classroom50/result.json", _result(student, entry, environ))]


def _result(student: BookStudent, entry: BookEntry, environ: Mapping[str, str]) -> str:
    grade = entry.latest.grade if entry.latest else None
    result = {
        "schema": SCHEMA,
        **_identity(student, entry, environ),
        "datetime": _time(_first_seen_at(entry)),
        "graded_at": _time(_graded_at(entry)),
        "score": student.points_in(entry.slug),
        "max-score": entry.max_points,
        "tests": [
            {
                "test-name": check.title,
                "passed": check.status is Status.PASSED,
                "score": check.points,
                "max-score": check.max_points,
            }
            for check in (grade.checks if grade else ())
        ],
    }
    return json.dumps(result, ensure_ascii=False) + "\n"


def _identity(student: BookStudent, entry: BookEntry, environ: Mapping[str, str]) -> dict[str, str]:
    """Each variable in small letters; empty if nobody knows its value."""
    user = cell_of(student, "github") or cell_of(student, "username") or student.id
    known = {"ASSIGNMENT": entry.slug, "USERNAME": user}
    names = (*_OF_CLASS, *_OF_SUBMISSION) if environ.get(_A_RUN) else _OF_CLASS
    known |= {name: environ[name] for name in names if environ.get(name)}
    return {name.lower(): known.get(name, "") for name in (*_OF_CLASS, *_OF_SUBMISSION)}


def _first_seen_at(entry: BookEntry) -> datetime | None:
    """When it was handed in, or first graded: grading it again does not change that."""
    if entry.handed is not None and entry.handed.handed_in_at is not None:
        return entry.handed.handed_in_at
    return entry.grades[0].graded_at if entry.grades else _graded_at(entry)


def _graded_at(entry: BookEntry) -> datetime | None:
    measured = entry.latest.graded_at if entry.latest else None
    given = entry.override.given_at if entry.override else None
    return max((at for at in (measured, given) if at is not None), default=None)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
