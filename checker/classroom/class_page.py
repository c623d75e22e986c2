"""The book as pages: a matrix, and a page for each student. They need no script and no network."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from checker.classroom.book_rows import NOT_HANDED_IN, BookRows, BookStudent, state_of
from checker.classroom.book_texts import write_text
from checker.classroom.gradebook import BookEntry, GradeBook
from checker.classroom.page_templates import render
from checker.plain_text import plain_line
from checker.results import CheckResult, Status, Verdict

PAGES = "pages"
"""The folder of the students' pages in the book."""
_SIGNS = {
    Verdict.PASSED.value: "✓",
    Verdict.FAILED.value: "✗",
    Verdict.BUILD_ERROR.value: "⚒",
    Verdict.TIMEOUT.value: "⏱",
    Verdict.OUT_OF_MEMORY.value: "▲",
    Verdict.DISK_FULL.value: "■",
    Verdict.INVALID_SUBMISSION.value: "∅",
    NOT_HANDED_IN: "·",
}
"""A sign for each state, so that colours are not needed; other states are blanks, ``?``."""
_MOST_MESSAGES = 3
_NUMBER = re.compile(r"\b(?:[0-9a-f]{8,}|[0-9]+(?:\.[0-9]+)?)")
"""Numbers and digests in a message; messages that differ in these only are counted as one."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One cell of the matrix; without a link, nothing was handed in."""

    state: str
    sign: str
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
    """Write ``index.html`` and all students' pages into the book; what is unchanged is kept."""
    write_text(book.folder / "index.html", _index(rows))
    wanted = set()
    for student in rows.students:
        path = book.folder / PAGES / f"{student.key}.html"
        wanted.add(path)
        if student.entries:
            write_text(path, _student_page(student, rows))
    for left in (book.folder / PAGES).glob("*.html"):
        if left not in wanted:
            left.unlink()


def _index(rows: BookRows) -> str:
    students = [student for student in rows.students if not student.is_tutor]
    tutors = [student for student in rows.students if student.is_tutor]
    signs = {state: _SIGNS.get(state, "?") for state in _states(rows)}
    return render(
        "index.html",
        rows=rows,
        lines=[(student, _cells(student, rows)) for student in (*students, *tutors)],
        signs=signs,
        states=_states(rows),
        sections=sorted({student.section for student in rows.students if student.section}),
        shares=_shares(students),
        average=_average(students),
        out_of=sum(rows.max_points.values()),
    )


def _student_page(student: BookStudent, rows: BookRows) -> str:
    return render(
        "student.html",
        student=student,
        rows=rows,
        entries=[
            (slug, entry, state_of(entry), rows.identical.get((student.key, slug), ()))
            for slug, entry in sorted(student.entries.items())
        ],
        handed=_handed_files,
        evidence=_evidence,
    )


def _handed_files(entry: BookEntry) -> list[tuple[str, str]]:
    """Names and texts of what was handed in, with what cannot be seen made visible."""
    texts = entry.handed.files if entry.handed else {}
    return [
        (plain_line(name), "\n".join(map(_visible, text.splitlines())))
        for name, text in sorted(texts.items())
    ]


def _evidence(check: CheckResult) -> str:
    return json.dumps(dict(check.evidence), ensure_ascii=False, indent=1)


def _visible(line: str) -> str:
    if line.isprintable():
        return line
    letters = (letter if letter.isprintable() else _escaped(letter) for letter in line)
    return "".join(letters)


def _escaped(letter: str) -> str:
    return letter if letter == "\t" else letter.encode("unicode_escape").decode("ascii")


def _cells(student: BookStudent, rows: BookRows) -> list[MatrixCell]:
    cells = []
    for slug in rows.slugs:
        entry = student.entries.get(slug)
        state = state_of(entry)
        cells.append(
            MatrixCell(
                state=state,
                sign=_SIGNS.get(state, "?"),
                points=student.points_in(slug),
                is_overridden=entry is not None and entry.override is not None,
                is_late=slug in student.lateness and student.lateness[slug].late_s > 0,
                is_identical=(student.key, slug) in rows.identical,
                link=f"{PAGES}/{student.key}.html#{slug}" if entry else "",
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
