"""Feedback for each student, to be given to that student: one page and one text in Markdown.

A file holds nothing of other students, so equal work is not mentioned, and no evidence: the
messages say what was measured, with names in place of random values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checker.classroom.book_entries import Override, key_of
from checker.classroom.book_rows import NOT_GRADED, SET_ASIDE, BookRows, BookStudent, state_of
from checker.classroom.book_texts import BookText
from checker.classroom.deadlines import Lateness
from checker.classroom.layouts import Student
from checker.classroom.page_templates import render
from checker.classroom.platform_exports import students_of
from checker.results import CheckResult

_WANTED = re.compile(r"Wanted(?:, but missing)?: ?")
"""The beginning of the line of a check's message that says what was expected."""


@dataclass(frozen=True, slots=True)
class CheckFeedback:
    """What is said about one check; ``expected`` may be empty."""

    title: str
    status: str
    points: int
    max_points: int
    found: str
    expected: str
    hint: str


@dataclass(frozen=True, slots=True)
class ExerciseFeedback:
    """What is said about one exercise.

    Args:
        slug: The exercise.
        title: Its title; empty if nobody knows.
        state: The verdict, or why there is none.
        points: The points that count; None: a blank.
        measured: The points of the grading; None: it was not graded.
        max_points: The most points; None: nobody knows.
        override: Points that a teacher gave.
        handed_in_at: When it was handed in; None: nobody knows.
        late: How late that was; None: nothing was due, or it was in time.
        checks: In the exercise's order.
    """

    slug: str
    title: str
    state: str
    points: int | None
    measured: int | None
    max_points: int | None
    override: Override | None
    handed_in_at: datetime | None
    late: Lateness | None
    checks: tuple[CheckFeedback, ...]


def as_feedback(rows: BookRows, *, delimiter: str = ",") -> list[BookText]:
    """A page and a text for each student but tutors, named by the student's id."""
    del delimiter  # of CSV only
    students = students_of(rows)
    return [
        BookText(f"feedback/{name}.{suffix}", write(student, rows))
        for student, name in zip(students, _file_names(students), strict=True)
        for suffix, write in (("html", as_page), ("md", as_markdown))
    ]


def as_page(student: BookStudent, rows: BookRows) -> str:
    """The feedback as a page of its own, without a script."""
    return _render("feedback.html", student, rows)


def as_markdown(student: BookStudent, rows: BookRows) -> str:
    """The feedback as Markdown."""
    return _render("feedback.md", student, rows)


def _render(name: str, student: BookStudent, rows: BookRows) -> str:
    return render(
        name,
        student=student,
        exercises=[_exercise(student, slug, rows) for slug in rows.slugs],
        out_of=sum(rows.max_points.values()),
    )


def _file_names(students: Sequence[BookStudent]) -> list[str]:
    """A file name for each id; the few ids that look the same get the names of their folders."""
    names = [key_of(Student(student.id)) for student in students]
    count = Counter(names)
    return [
        name if count[name] == 1 else student.key
        for name, student in zip(names, students, strict=True)
    ]


def _exercise(student: BookStudent, slug: str, rows: BookRows) -> ExerciseFeedback:
    entry, late = student.entries.get(slug), student.lateness.get(slug)
    grade = entry.latest.grade if entry and entry.latest else None
    state = state_of(entry)
    return ExerciseFeedback(
        slug=slug,
        title=grade.title if grade else "",
        state=(NOT_GRADED if state == SET_ASIDE else state).replace("_", " "),
        points=student.points_in(slug),
        measured=grade.points if grade else None,
        max_points=rows.max_points.get(slug),
        override=entry.override if entry else None,
        handed_in_at=entry.handed.handed_in_at if entry and entry.handed else None,
        late=late if late and late.late_s else None,
        checks=tuple(map(_check, grade.checks)) if grade else (),
    )


def _check(check: CheckResult) -> CheckFeedback:
    lines = check.message.splitlines()
    # The last such line is the check's own; earlier ones may be what a container printed.
    at = max((n for n, line in enumerate(lines) if _WANTED.match(line)), default=len(lines))
    expected = _WANTED.sub("", "\n".join(lines[at:]), count=1)
    return CheckFeedback(
        title=check.title,
        status=check.status.value,
        points=check.points,
        max_points=check.max_points,
        found="\n".join(lines[:at]),
        expected=expected,
        hint=check.hint,
    )
