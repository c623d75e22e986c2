"""The book as CSV, JSON and pages: golden files, and nothing of a submission runs in them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from checker.classroom import class_page, exports
from checker.classroom.book_entries import Handed, Override, Versions
from checker.classroom.book_rows import BookRows, read_rows
from checker.classroom.csv_text import harmless
from checker.classroom.deadlines import Deadlines
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.page_templates import PAGES, evidence_of
from checker.classroom.roster import Roster

from .conftest import Course, play

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[3] / "data" / "class"
ROSTER = """id,name,role,section,shoe
0012,Ada Lovelace,student,A,38
0013,"Ross, Bob",student,B,=1+1
0014,Cyd,student,A,
tut,Teacher,tutor,,
"""
WORK = {
    ("0012", "03-order"): "# passed 100\n",
    ("0012", "04-small"): "# failed 60\n",
    ("0013", "03-order"): "# passed 100   \n\n",
    ("tut", "03-order"): "# passed 100\n",
    ("=cmd|' /C calc'!A0", "04-small"): "# failed 60 <script>alert(1)</script>\x1b[2J\n",
}


@pytest.fixture
def book(course: Course, tmp_path: Path) -> GradeBook:
    """A book with an override, a set-aside, equal work, a tutor, and a hostile student."""
    for exercise in course.exercises:
        (exercise.folder / "solution").mkdir()
        (exercise.folder / "solution" / "Dockerfile").write_text("FROM solved\n")
    (tmp_path / "roster.csv").write_text(ROSTER)
    opened = GradeBook(tmp_path / "book")
    with opened.open():
        opened.write_roster(Roster.read(tmp_path / "roster.csv"))
        for (label, slug), text in WORK.items():
            entry = opened.hand_in(
                Student(label), slug, Handed({"Dockerfile": text}, None, NOON, "file")
            )
            exercise = next(one for one in course.exercises if one.slug == slug)
            versions = Versions("e1", "c1")
            opened.add_grade(entry, play(exercise, text.encode()), versions, at=NOON)
        aside = opened.hand_in(
            Student("0014"), "04-small", Handed({"Dockerfile": "x"}, None, NOON, "file")
        )
        opened.set_aside(aside, "it costs engines")
        opened.override(Student("0013"), "03-order", Override(70, 100, "=illness", NOON))
    return opened


@pytest.fixture
def rows(book: GradeBook, course: Course) -> BookRows:
    return read_rows(book, course.exercises)


def test_long_csv(rows: BookRows) -> None:
    assert exports.as_long_csv(rows) == (GOLDEN / "grades.csv").read_text()


def test_matrix_csv(rows: BookRows) -> None:
    golden = (GOLDEN / "matrix.csv").read_text()
    assert exports.as_matrix_csv(rows) == golden
    other = exports.as_matrix_csv(rows, delimiter=";")
    read = list(csv.reader(io.StringIO(other), delimiter=";"))
    assert read == list(csv.reader(io.StringIO(golden)))


def test_json_has_everything(rows: BookRows) -> None:
    data = json.loads(exports.as_json(rows))

    assert data["version"] == 1
    ada, bob, *_, hostile = data["students"]
    assert (ada["student"], ada["roster"]["shoe"]) == ("0012", "38")
    assert ada["grades"][0]["grade"]["checks"][0]["message"] == "It was passed."
    assert ada["grades"][0]["identical_to"] == ["0013"]
    assert bob["grades"][0]["points"] == 70
    assert bob["grades"][0]["grade"]["points"] == 100
    assert bob["grades"][0]["override"]["why"] == "=illness"
    assert (hostile["student"], hostile["is_in_roster"]) == ("=cmd|' /C calc'!A0", False)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", " =1", "\uff1d1", "\t=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell).startswith("'")
    assert harmless(f"a{cell}") == f"a{cell}"


def test_starter_and_solution_are_nobodys_copy(book: GradeBook, course: Course) -> None:
    with book.open():
        for label in ("0012", "0013"):
            for slug, text in (("03-order", "FROM solved"), ("04-small", "FROM lab/busybox\r\n")):
                handed = Handed({"Dockerfile": text}, None, NOON, "file")
                book.hand_in(Student(label), slug, handed)

    assert read_rows(book, course.exercises).identical == {}
    assert read_rows(book, ()).identical


def test_the_matrix_leads_to_every_verdict_and_message(book: GradeBook, rows: BookRows) -> None:
    class_page.write_pages(book, rows)

    index = BeautifulSoup((book.folder / "index.html").read_text(), "html.parser")
    lines = {tr.th.get_text(): tr for tr in index.select("table")[0].select("tbody tr")}  # type: ignore[union-attr]
    cells = [td.get_text(strip=True) for td in lines["0013 Ross, Bob"].select("td.cell")]
    assert cells == ["✓ 70* =", "·"]
    assert [td.get_text(strip=True) for td in lines["0014 Cyd"].select("td.cell")] == ["·", "?"]
    assert "tut Teacher (tutor)" in lines
    assert "=cmd|' /C calc'!A0 (not in the roster)" in lines
    links = [str(a["href"]) for a in index.select("td.cell a")]
    assert len(links) == len(set(links)) == 6
    for link in links:
        page = BeautifulSoup((book.folder / link).read_text(), "html.parser")
        assert re.search("It was|Set aside", page.get_text())
    for link in [str(a["href"]) for a in index.select(".matrix th a")]:
        page = BeautifulSoup((book.folder / link).read_text(), "html.parser")
        for a in page.select("td a"):
            assert (book.folder / link).parent.joinpath(str(a["href"])).is_file()
    foot = [td.get_text(strip=True) for td in index.select(".matrix tfoot td.cell")]
    assert foot == ["100 %", "0 %"]
    text = index.get_text()
    assert "on average 72.5 of 200 points (without tutors)" in text
    assert "100 % (2 of 2)" in text
    assert "2 \N{MULTIPLICATION SIGN} It was failed." in text


def test_nothing_of_a_submission_runs_in_a_page(book: GradeBook, rows: BookRows) -> None:
    class_page.write_pages(book, rows)

    pages = [book.folder / "index.html", *(book.folder / PAGES).rglob("*.html")]
    assert len(pages) == 1 + 5 + 6
    for path in pages:
        page = BeautifulSoup(path.read_text(), "html.parser")
        assert page.select("script, iframe, object, embed, img, link, b") == []
        assert not [
            tag for tag in page.find_all() if any(name.startswith("on") for name in tag.attrs)
        ]
        assert "default-src 'none'" in str(page.find("meta", {"http-equiv": True}))
        assert "\x1b" not in path.read_text()
        assert page.title is not None
    hostile = next(path for path in pages if path.parent.name.startswith("cmd"))
    assert (
        "<script>alert(1)</script>\\x1b[2J"
        in BeautifulSoup(hostile.read_text(), "html.parser").get_text()
    )


def test_pages_are_written_only_where_something_changed(book: GradeBook, rows: BookRows) -> None:
    class_page.write_pages(book, rows)
    before = {path: path.stat().st_mtime_ns for path in book.folder.rglob("*.html")}
    (book.folder / PAGES / "gone-0123456789.html").write_text("-")

    class_page.write_pages(book, rows)

    assert {path: path.stat().st_mtime_ns for path in book.folder.rglob("*.html")} == before


def test_two_folders_of_one_person_are_not_merged(book: GradeBook, course: Course) -> None:
    with book.open():
        for label in ("Cyd", "cyd"):
            handed = Handed({"Dockerfile": label}, None, NOON, "file")
            book.hand_in(Student(label), "03-order", handed)

    rows = read_rows(book, course.exercises)

    assert {one.id: one.is_known for one in rows.students if one.label} == {
        "0012": True, "0013": True, "0014": True, "tut": True,
        "=cmd|' /C calc'!A0": False, "Cyd": False, "cyd": False,
    }  # fmt: skip


def test_messages_that_differ_in_numbers_only_are_counted_as_one(
    course: Course, tmp_path: Path
) -> None:
    book = GradeBook(tmp_path / "book")
    exercise = course.exercises[0]
    with book.open():
        for number, told in enumerate(("ran (0.61 s)", "ran (12 s)", "printed 5f0c9e11aa")):
            content = {"Dockerfile": str(number)}
            entry = book.hand_in(Student(str(number)), "03-order", Handed(content, None, NOON, ""))
            grade = play(exercise, b"# failed 0")
            (check,) = grade.checks
            grade = replace(grade, checks=(replace(check, message=f"It {told}.\nWanted: more."),))
            book.add_grade(entry, grade, Versions("e1", "c1"), at=NOON)

    class_page.write_pages(book, read_rows(book, ()))

    text = (book.folder / "index.html").read_text()
    assert "2 \N{MULTIPLICATION SIGN} It ran (0.61 s)." in text
    assert "1 \N{MULTIPLICATION SIGN} It printed 5f0c9e11aa." in text


def test_what_is_late_counts_less_and_nothing_else_changes(book: GradeBook, course: Course) -> None:
    before = read_rows(book, course.exercises)
    late = Deadlines({"default": NOON - timedelta(hours=30)}, {}, percent_per_day=10)
    with book.open():
        book.write_deadlines(late)

    rows = read_rows(book, course.exercises)

    lines = list(csv.DictReader(io.StringIO(exports.as_long_csv(rows))))
    (one,) = [line for line in lines if (line["student"], line["exercise"]) == ("0012", "04-small")]
    assert (one["points"], one["late_s"], one["penalty_percent"]) == ("60", "108000", "20")
    assert one["counted"] == "48"
    (given,) = [line for line in lines if line["override"]]
    assert given["counted"] == given["override"] == "70", "nothing is taken from these"
    ada = next(student for student in rows.students if student.id == "0012")
    assert ada.points == 80 + 48
    assert [s.entries for s in rows.students] == [s.entries for s in before.students]
    class_page.write_pages(book, rows)
    page = (book.folder / evidence_of(ada.key, "04-small")).read_text()
    assert "30.0 h late, which takes 20 %: 48 points count" in page
    assert "⚑" in (book.folder / "index.html").read_text()
