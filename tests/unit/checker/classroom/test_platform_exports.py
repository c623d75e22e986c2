"""What learning platforms import, read back as they read it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checker.classroom import platform_exports
from checker.classroom.book_entries import Handed, Override, Versions
from checker.classroom.book_rows import BookRows, read_rows
from checker.classroom.book_texts import BookText
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.roster import Roster

from .conftest import Course, play

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[3] / "data" / "class"
ROSTER = """Student,ID,SIS User ID,SIS Login ID,email,Section,role
"Lovelace, Ada",11,0012,ada,ada@example.org,A,
Bob,12,0013,bob,bob@example.org,B,
Cyd,13,0014,cyd,cyd@example.org,B,
Tom,14,0099,tom,tom@example.org,,tutor
"""
WORK = {
    ("11", "03-order"): "# passed 100\n",
    ("11", "04-small"): "# failed 60\n",
    ("12", "03-order"): "# failed 0\n",
    ("14", "03-order"): "# passed 100\n",
    ("=stranger", "03-order"): "# failed 30 <&>\n",
}


@pytest.fixture
def rows(course: Course, tmp_path: Path) -> BookRows:
    (tmp_path / "roster.csv").write_text(ROSTER)
    book = GradeBook(tmp_path / "book")
    with book.open():
        book.write_roster(Roster.read(tmp_path / "roster.csv"))
        for (label, slug), text in WORK.items():
            handed = Handed({"Dockerfile": text}, None, NOON, "file")
            entry = book.hand_in(Student(label), slug, handed)
            exercise = next(one for one in course.exercises if one.slug == slug)
            book.add_grade(entry, play(exercise, text.encode()), Versions("e", "c"), at=NOON)
        book.override(Student("12"), "04-small", Override(75, 100, "ill", NOON))
    return read_rows(book, course.exercises)


def read(files: list[BookText]) -> list[dict[str, str]]:
    (file,) = files
    return list(csv.DictReader(io.StringIO(file.text)))


@pytest.mark.parametrize("make", [platform_exports.as_canvas, platform_exports.as_moodle])
def test_golden_files(rows: BookRows, make: Callable[[BookRows], list[BookText]]) -> None:
    (file,) = make(rows)
    assert file.text == (GOLDEN / file.name).read_text()


def test_canvas_finds_its_students_and_overwrites_nothing(rows: BookRows) -> None:
    possible, *lines = read(platform_exports.as_canvas(rows))
    assert possible["Student"].strip() == "Points Possible"
    assert possible["03-order"] == possible["04-small"] == "100"
    by_id = {line["ID"] or line["SIS User ID"] or line["SIS Login ID"]: line for line in lines}
    assert "14" not in by_id, "a tutor"
    assert by_id["11"]["SIS User ID"] == "0012"
    assert [by_id[one]["03-order"] for one in ("11", "12", "13")] == ["100", "0", ""]
    assert [by_id[one]["04-small"] for one in ("11", "12", "13")] == ["60", "75", ""]
    assert by_id["11"]["Student"] == "Lovelace, Ada"
    assert "stranger" not in str(lines), "Canvas does not have him"


def test_moodle_aborts_on_nothing(rows: BookRows) -> None:
    lines = read(platform_exports.as_moodle(rows))
    assert {line["id"] for line in lines} == {"11", "12", "13"}, "users that Moodle has"
    for line in lines:
        for name in ("03-order", "04-small", "percent"):
            assert line[name] == "" or 0 <= int(line[name]) <= 100
    assert [line["percent"] for line in lines] == ["80", "38", ""]


def test_gradescope_has_a_result_for_each_grade(rows: BookRows) -> None:
    files = {file.name: json.loads(file.text) for file in platform_exports.as_gradescope(rows)}
    assert len(files) == 5
    given = next(one for name, one in files.items() if "04-small/12" in name)
    assert given["score"] == 75
    assert "by hand: ill" in given["output"]
    failed = next(one for name, one in files.items() if "03-order/12" in name)
    (test,) = failed["tests"]
    assert (test["score"], test["max_score"], test["status"]) == (0, 100, "failed")
    assert failed["visibility"] == "visible"


def test_junit_counts_what_it_holds(rows: BookRows) -> None:
    (file,) = platform_exports.as_junit(rows)
    suites = ElementTree.fromstring(file.text)
    assert len(suites) == 4
    assert sum(int(suite.get("failures", "")) for suite in suites) == len(
        suites.findall(".//failure")
    )
