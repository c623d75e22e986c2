"""The book as CSV and JSON, for spreadsheets and programs.

The headers are part of the format: tests hold golden files. A blank is an empty cell, never a zero.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from checker.classroom.book_entries import BookEntry
from checker.classroom.book_rows import BookRows, BookStudent, state_of
from checker.classroom.csv_text import as_csv
from checker.report.json_report import described

VERSION = 1
LONG_COLUMNS = (
    "student",
    "name",
    "section",
    "role",
    "exercise",
    "points",
    "max_points",
    "verdict",
    "override",
    "reason",
    "handed_in_at",
    "time_source",
    "graded_at",
    "gradings",
    "identical_to",
    "late_s",
    "penalty_percent",
    "counted",
)


def as_long_csv(rows: BookRows, *, delimiter: str = ",") -> str:
    """One line for each student and exercise."""
    lines = [
        _long_line(student, slug, student.entries.get(slug), rows)
        for student in rows.students
        for slug in rows.slugs
    ]
    return as_csv([LONG_COLUMNS, *lines], delimiter)


def as_matrix_csv(rows: BookRows, *, delimiter: str = ",") -> str:
    """One line for each student, with the roster's columns and a column for each exercise.

    The second line has the most points of each exercise, under the name ``max_points``.
    """
    head = ["student", "name", "section", "role"]
    others = [column for column in rows.columns if column.casefold() not in head]
    most = [rows.max_points.get(slug, "") for slug in rows.slugs]
    out_of = sum(rows.max_points.values())
    lines: list[Sequence[object]] = [
        [*head, *others, *rows.slugs, "points"],
        ["max_points", "", "", "", *("" for _ in others), *most, out_of],
    ]
    for student in rows.students:
        lines.append(
            [
                student.id,
                student.name,
                student.section,
                _role(student),
                *(student.cells.get(column, "") for column in others),
                *(_points(student.points_in(slug)) for slug in rows.slugs),
                student.points,
            ]
        )
    return as_csv(lines, delimiter)


def as_json(rows: BookRows) -> str:
    """The whole book as one JSON object, with the checks of each grade that counts."""
    content = {
        "version": VERSION,
        "exercises": [
            {"exercise": slug, "max_points": rows.max_points.get(slug)} for slug in rows.slugs
        ],
        "students": [
            {
                "student": student.id,
                "name": student.name,
                "section": student.section,
                "is_tutor": student.is_tutor,
                "is_in_roster": student.is_known,
                "label": student.label,
                "roster": dict(student.cells),
                "grades": [
                    _item(student, slug, student.entries.get(slug), rows) for slug in rows.slugs
                ],
            }
            for student in rows.students
        ],
    }
    return json.dumps(content, ensure_ascii=False) + "\n"


def _item(
    student: BookStudent, slug: str, entry: BookEntry | None, rows: BookRows
) -> dict[str, object]:
    latest = entry.latest if entry else None
    override = entry.override if entry else None
    return {
        "exercise": slug,
        "verdict": state_of(entry),
        "points": entry.points if entry else None,
        "max_points": rows.max_points.get(slug),
        "override": override
        and {
            "points": override.points,
            "why": override.why,
            "given_at": override.given_at.isoformat(),
        },
        "handed_in_at": _time(entry.handed.handed_in_at if entry and entry.handed else None),
        "graded_at": _time(latest.graded_at if latest else None),
        "gradings": len(entry.grades) if entry else 0,
        **_late(student, slug),
        "counted": student.points_in(slug),
        "identical_to": list(rows.identical.get((student.key, slug), ())),
        "grade": described(latest.grade) if latest else None,
    }


def _long_line(
    student: BookStudent, slug: str, entry: BookEntry | None, rows: BookRows
) -> list[object]:
    override = entry.override if entry else None
    latest = entry.latest if entry else None
    handed = entry.handed if entry else None
    return [
        student.id,
        student.name,
        student.section,
        _role(student),
        slug,
        _points(entry.points if entry else None),
        rows.max_points.get(slug, ""),
        state_of(entry),
        _points(override.points if override else None),
        override.why if override else (entry.aside if entry else ""),
        _time(handed.handed_in_at if handed else None) or "",
        handed.time_source if handed else "",
        _time(latest.graded_at if latest else None) or "",
        len(entry.grades) if entry else 0,
        "; ".join(rows.identical.get((student.key, slug), ())),
        *("" if cell is None else cell for cell in _late(student, slug).values()),
        _points(student.points_in(slug)),
    ]


def _late(student: BookStudent, slug: str) -> dict[str, int | None]:
    late = student.lateness.get(slug)
    return {
        "late_s": late.late_s if late else None,
        "penalty_percent": late.percent if late else None,
    }


def _role(student: BookStudent) -> str:
    return "tutor" if student.is_tutor else "student"


def _points(points: int | None) -> object:
    return "" if points is None else points


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
