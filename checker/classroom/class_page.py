"""The book as pages: a matrix, a page for each student, and one for each grade.

They need no script and no network.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from checker.classroom.book_rows import BookRows, BookStudent, state_of
from checker.classroom.book_texts import write_text
from checker.classroom.class_costs import costs_of
from checker.classroom.evidence_page import write_evidence
from checker.classroom.gradebook import GradeBook
from checker.classroom.page_templates import PAGES, evidence_of, page_of, render
from checker.results import Status

_MOST_MESSAGES = 3
_NUMBER = re.compile(r"\b(?:[0-9a-f]{8,}|[0-9]+(?:\.[0-9]+)?)")
"""Numbers and digests in a message; messages that differ in these only are counted as one."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One cell of the matrix; without a link, nothing was handed in."""

    slug: str
    state: str
    title: str
    points: int | None
    is_overridden: bool
    is_late: bool
    is_identical: bool
    link: str


@dataclass(frozen=True, slots=True)
class CheckShare:
    """How many students passed a check, and what the others were told most often."""

    slug: str
    title: str
    passed: int
    measured: int
    messages: tuple[tuple[str, int], ...]

    @property
    def percent(self) -> int:
        return round(100 * self.passed / self.measured)


def write_pages(book: GradeBook, rows: BookRows) -> None:
    """Write ``index.html`` and all other pages into the book; what is unchanged is kept."""
    wanted = set()
    for student in rows.students:
        if not student.entries:
            continue
        path = book.folder / page_of(student.key)
        write_text(path, _student_page(student, rows))
        wanted.add(path)
        wanted.update(write_evidence(book, student, slug, rows) for slug in student.entries)
    for left in (book.folder / PAGES).rglob("*.html"):
        if left not in wanted:
            left.unlink()
    write_index(book, rows)  # last: it leads to all others


def write_index(book: GradeBook, rows: BookRows) -> None:
    """Write ``index.html`` alone: the matrix, the checks and the costs."""
    write_text(book.folder / "index.html", _index(rows))


def _index(rows: BookRows) -> str:
    students = [student for student in rows.students if not student.is_tutor]
    tutors = [student for student in rows.students if student.is_tutor]
    return render(
        "index.html",
        rows=rows,
        lines=[(student, _cells(student, rows)) for student in (*students, *tutors)],
        states=_states(rows),
        sections=sorted({student.section for student in rows.students if student.section}),
        shares=_shares(students),
        passed=[_passed_percent(students, slug) for slug in rows.slugs],
        costs=costs_of(rows),
        average=_average(students),
        out_of=sum(rows.max_points.values()),
    )


def _student_page(student: BookStudent, rows: BookRows) -> str:
    return render(
        "student.html",
        student=student,
        out_of=sum(rows.max_points.values()),
        cells=[cell for cell in _cells(student, rows) if cell.link],
    )


def _cells(student: BookStudent, rows: BookRows) -> list[MatrixCell]:
    cells = []
    for slug in rows.slugs:
        entry = student.entries.get(slug)
        state = state_of(entry)
        cells.append(
            MatrixCell(
                slug=slug,
                state=state,
                points=student.points_in(slug),
                is_overridden=entry is not None and entry.override is not None,
                is_late=slug in student.lateness and student.lateness[slug].late_s > 0,
                is_identical=(student.key, slug) in rows.identical,
                title=entry.latest.grade.title if entry and entry.latest else "",
                link=evidence_of(student.key, slug) if entry else "",
            )
        )
    return cells


def _states(rows: BookRows) -> list[str]:
    found = {
        state_of(student.entries.get(slug)) for student in rows.students for slug in rows.slugs
    }
    return sorted(found)


def _average(students: Iterable[BookStudent]) -> float | None:
    points = [student.points for student in students]
    return sum(points) / len(points) if points else None


def _passed_percent(students: Iterable[BookStudent], slug: str) -> int | None:
    """The share of those who handed the exercise in and have a verdict; None: nobody has."""
    grades = [
        entry.latest.grade
        for student in students
        if (entry := student.entries.get(slug)) is not None and entry.latest is not None
    ]
    return round(100 * sum(grade.passed for grade in grades) / len(grades)) if grades else None


def _shares(students: Iterable[BookStudent]) -> list[CheckShare]:
    """The share of students who passed each check; skipped checks were not measured."""
    titles: dict[tuple[str, str], str] = {}
    passed: Counter[tuple[str, str]] = Counter()
    measured: Counter[tuple[str, str]] = Counter()
    messages: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    examples: dict[str, str] = {}
    for student in students:
        for slug, entry in sorted(student.entries.items()):
            for check in entry.latest.grade.checks if entry.latest else ():
                place = slug, check.id
                titles[place] = check.title
                if check.status in (Status.PASSED, Status.FAILED):
                    measured[place] += 1
                if check.status is Status.PASSED:
                    passed[place] += 1
                elif check.status is Status.FAILED:
                    message = check.message.partition("\n")[0]
                    kind = _NUMBER.sub("0", message)  # seconds and digests are never the same
                    messages[place][kind] += 1
                    examples.setdefault(kind, message)
    return [
        CheckShare(
            slug=place[0],
            title=title,
            passed=passed[place],
            measured=measured[place],
            messages=tuple(
                (examples[kind], count)
                for kind, count in messages[place].most_common(_MOST_MESSAGES)
            ),
        )
        for place, title in titles.items()
        if measured[place]
    ]
