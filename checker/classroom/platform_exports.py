"""The book in the formats that learning platforms import; CLASS.md says which button to press.

Sources: ``lib/gradebook_importer.rb`` of canvas-lms, ``grade/import/csv/classes/load_data.php`` of
moodle, ``docs/specs.md`` of gradescope's autograder samples; the JUnit XML that CI servers read. A
blank is an empty cell, which overwrites nothing. Tutors are left out, since no platform
grades them. Where one unknown student aborts the import, so are those whom the roster lacks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.etree import ElementTree

from checker.classroom.book_entries import BookEntry
from checker.classroom.book_rows import BookRows, BookStudent
from checker.classroom.book_texts import BookText
from checker.classroom.csv_text import as_csv
from checker.results import CheckResult, Grade, Status

_CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID")
_MOODLE_IDS = ("id", "idnumber", "email", "username")
_GRADESCOPE_STATUS = {Status.PASSED: "passed", Status.FAILED: "failed"}


def as_canvas(rows: BookRows, *, delimiter: str = ",") -> list[BookText]:
    """The gradebook that Canvas imports: points, with the most points in the second line.

    Canvas finds a student by the first of its ids that has a value. They come from the roster; the
    label of a submission that Canvas gave is its ``ID``.
    """
    lines: list[Sequence[object]] = [
        ["Student", *_CANVAS_IDS, "Section", *rows.slugs],
        ["    Points Possible", "", "", "", "", *(rows.max_points.get(s, "") for s in rows.slugs)],
    ]
    for student in _known(rows):
        ids = [cell_of(student, name) for name in _CANVAS_IDS]
        if not any(ids):
            ids[0] = student.label or student.id
        marks = [_points(student, slug) for slug in rows.slugs]
        name = cell_of(student, "Student") or student.name
        lines.append([name, *ids, student.section, *marks])
    return [BookText("canvas.csv", as_csv(lines, delimiter))]


def as_moodle(rows: BookRows, *, delimiter: str = ",") -> list[BookText]:
    """The grades that Moodle imports: percent of each exercise, and of the whole.

    One grade over 100 aborts Moodle's import, so there is no sum of points.
    """
    known = [name for name in _MOODLE_IDS if any(cell_of(one, name) for one in rows.students)]
    lines: list[Sequence[object]] = [[*(known or ["id"]), *rows.slugs, "percent"]]
    for student in _known(rows):
        ids = [cell_of(student, name) for name in known] or [student.id]
        marks = [_percent(_points(student, slug), rows, [slug]) for slug in rows.slugs]
        has_mark = any(mark != "" for mark in marks)
        total = _percent(student.points, rows, rows.slugs) if has_mark else ""
        lines.append([*ids, *marks, total])
    return [BookText("moodle.csv", as_csv(lines, delimiter))]


def as_gradescope(rows: BookRows, *, delimiter: str = ",") -> list[BookText]:
    """A ``results.json`` for each graded submission, in a folder for each exercise."""
    del delimiter  # of CSV only
    return [
        BookText(f"gradescope/{slug}/{student.key}.json", _gradescope(student, entry))
        for student in students_of(rows)
        for slug, entry in sorted(student.entries.items())
        if entry.points is not None
    ]


def as_junit(rows: BookRows, *, delimiter: str = ",") -> list[BookText]:
    """All checks as test cases: a suite for each student and exercise."""
    del delimiter  # of CSV only
    root = ElementTree.Element("testsuites", name="class")
    for student in students_of(rows):
        for slug, entry in sorted(student.entries.items()):
            if entry.latest is not None:
                _add_suite(root, student, slug, entry.latest.grade)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    return [BookText("junit.xml", f"{text}\n")]


def students_of(rows: BookRows) -> list[BookStudent]:
    """All but tutors."""
    return [student for student in rows.students if not student.is_tutor]


def _known(rows: BookRows) -> list[BookStudent]:
    """Those whom the platform has: one unknown user would abort the import."""
    return [student for student in students_of(rows) if student.is_known]


def cell_of(student: BookStudent, header: str) -> str:
    """What the roster has below a header, whatever its capitals."""
    return next(
        (t for name, t in student.cells.items() if name.casefold() == header.casefold()), ""
    )


def _points(student: BookStudent, slug: str) -> object:
    points = student.points_in(slug)
    return "" if points is None else points


def _percent(points: object, rows: BookRows, slugs: Sequence[str]) -> object:
    """Points as an integer percentage of the most that the exercises have; blanks stay blank."""
    most = sum(rows.max_points.get(slug, 0) for slug in slugs)
    return round(100 * points / most) if isinstance(points, int) and most else ""


def _gradescope(student: BookStudent, entry: BookEntry) -> str:
    grade = entry.latest.grade if entry.latest else None
    override = entry.override
    told = f"The points were given by hand: {override.why}" if override else ""
    result = {
        "score": student.points_in(entry.slug),
        "execution_time": round(grade.duration_s) if grade else 0,
        "output": told or (f"{grade.verdict.value.replace('_', ' ')}." if grade else ""),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"student": student.id, "exercise": entry.slug},
        "tests": [
            _gradescope_test(number, check)
            for number, check in enumerate(grade.checks if grade else (), start=1)
        ],
    }
    return json.dumps(result, ensure_ascii=False) + "\n"


def _gradescope_test(number: int, check: CheckResult) -> dict[str, object]:
    test: dict[str, object] = {
        "score": check.points,
        "max_score": check.max_points,
        "name": check.title,
        "number": str(number),
        "output": check.message,
        "tags": [check.kind],
        "visibility": "visible",
    }
    # Without it, Gradescope shows a check of 0 points as failed. One that was skipped has none.
    if (status := _GRADESCOPE_STATUS.get(check.status)) is not None:
        test["status"] = status
    return test


def _add_suite(root: ElementTree.Element, student: BookStudent, slug: str, grade: Grade) -> None:
    count = {status: sum(c.status is status for c in grade.checks) for status in Status}
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=f"{student.id} {slug}",
        tests=str(len(grade.checks)),
        failures=str(count[Status.FAILED]),
        errors=str(count[Status.ERROR]),
        skipped=str(count[Status.SKIPPED]),
        time=f"{grade.duration_s:.3f}",
    )
    for check in grade.checks:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"{slug}.{student.id}", name=check.title
        )
        name = {
            Status.FAILED: "failure",
            Status.ERROR: "error",
            Status.SKIPPED: "skipped",
        }.get(check.status)
        if name is not None:
            first = check.message.partition("\n")[0]
            ElementTree.SubElement(case, name, message=first).text = check.message
