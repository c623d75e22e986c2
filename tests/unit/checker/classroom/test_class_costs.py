"""What submissions cost: the most expensive first, and what a bound has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bs4 import BeautifulSoup

from checker.classroom import class_page
from checker.classroom.book_entries import Handed, Versions
from checker.classroom.book_rows import read_rows
from checker.classroom.build_pictures import Cost, GradedBuilds
from checker.classroom.class_costs import MOST_ROWS, costs_of
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student

from .conftest import Course, play

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_most_expensive_come_first(course: Course, tmp_path: Path) -> None:
    book = GradeBook(tmp_path / "book")
    with book.open():
        for number in range(MOST_ROWS + 2):
            word = "timeout" if number < 2 else "out_of_memory" if number == 2 else "passed"
            entry = book.hand_in(
                Student(f"{number:02}"), "03-order", Handed({"a": str(number)}, None, NOON, "file")
            )
            grade = replace(
                play(course.exercises[0], f"# {word} 100".encode()), duration_s=float(number)
            )
            size = 5_000_000 * number if number else None
            builds = GradedBuilds(Cost(1, 0.5, size, 0), ())
            book.add_grade(entry, grade, Versions("e", "c"), at=NOON, builds=builds)
    rows = read_rows(book, ())

    costs = costs_of(rows)

    assert [row.student.id for row in costs.slowest] == [f"{n:02}" for n in range(11, 1, -1)]
    assert costs.duration_s == sum(range(12))
    assert [row.student.id for row in costs.biggest][:2] == ["11", "10"]
    assert all(row.image_bytes for row in costs.biggest)
    assert [row.student.id for row in costs.bound] == ["00", "01", "02"]
    class_page.write_pages(book, rows)
    page = BeautifulSoup((book.folder / "index.html").read_text(), "html.parser")
    slowest, biggest, bound = page.select(".costs table")
    assert "11.0 s" in slowest.get_text()
    assert "55.0 MB" in biggest.get_text()
    assert [tr.select("td")[2].get_text() for tr in bound.select("tbody tr")] == [
        "◷ timeout", "◷ timeout", "▲ out of memory",
    ]  # fmt: skip
