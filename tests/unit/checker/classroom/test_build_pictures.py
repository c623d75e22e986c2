"""The builds of a grading in the book, and the pages that are made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from checker.classroom import build_pictures, class_page
from checker.classroom.book_entries import BookEntry, Handed, Versions
from checker.classroom.book_rows import read_rows
from checker.classroom.build_pictures import MOST_DRAWN, BuildCollector, unpacked
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.marking import Marking, MarkingTask
from checker.classroom.page_templates import evidence_of
from checker.grading.submission import Submission
from sandbox import Build, read_dockerfile, read_trace

from .conftest import Course, PlayedGrader, play

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TRACES = Path(__file__).parents[3] / "data" / "traces"


@pytest.fixture
def build() -> Build:
    graph = read_dockerfile((TRACES / "parallel.Dockerfile").read_bytes())
    trace = read_trace((TRACES / "parallel.jsonl").read_text().splitlines(), graph)
    argv = ("docker", "buildx", "build", ".")
    return Build(argv, 0, trace, graph, None, None, "", "", NOON, 2.0)


@pytest.fixture
def book(tmp_path: Path) -> GradeBook:
    return GradeBook(tmp_path / "book")


def graded(book: GradeBook, course: Course, *builds: Build) -> BookEntry:
    collector = BuildCollector()
    for one in builds:
        collector.add(one)
    entry = book.hand_in(
        Student("ada"), "03-order", Handed({"Dockerfile": "# failed 60"}, None, NOON, "file")
    )
    grade = play(course.exercises[0], b"# failed 60")
    return book.add_grade(entry, grade, Versions("e", "c"), at=NOON, builds=collector.graded())


def test_the_first_builds_and_the_last_are_drawn_and_all_are_counted(build: Build) -> None:
    collector = BuildCollector()
    assert collector.graded() is None
    for number in range(1, 8):
        size = number * 100 if number < 4 else None
        collector.add(replace(build, command=("build", f"--number={number}"), image_bytes=size))

    made = collector.graded()

    assert made is not None
    assert [one.command for one in made.drawn] == [
        f"build --number={number}" for number in (1, 2, 3, 7)
    ]
    assert [one.number for one in made.drawn] == [1, 2, 3, 7]
    assert len(made.drawn) == MOST_DRAWN
    assert (made.cost.builds, made.cost.build_s, made.cost.image_bytes) == (7, 14.0, 300)
    assert unpacked(made.packed()) == made.drawn


def test_a_picture_that_cannot_be_drawn_costs_nothing_else(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no <b>dot</b>\x1b")

    monkeypatch.setattr("sandbox.views.stage_graph_picture.lay_out", broken)
    collector = BuildCollector()
    collector.add(build)

    made = collector.graded()

    assert made is not None
    graph, timeline = made.drawn[0].pictures
    assert graph == "The stage graph could not be drawn: no <b>dot</b>\\x1b"
    assert timeline.startswith("<svg ")


def test_a_picture_shows_what_cannot_be_seen(build: Build) -> None:
    vertexes = tuple(
        replace(one, instruction=f"{one.instruction[:3]} \u202e", name=f"{one.name} \u202e")
        for one in build.trace.vertexes
    )
    collector = BuildCollector()
    collector.add(replace(build, trace=replace(build.trace, vertexes=vertexes)))

    made = collector.graded()

    assert made is not None
    told = "".join(made.drawn[0].pictures)
    assert "\u202e" not in told
    assert "\\u202e" in told


def test_a_grade_brings_its_builds_into_the_book(
    book: GradeBook, course: Course, build: Build
) -> None:
    def grader(*args: object, **options: object) -> object:
        args[2].on_build(build)  # type: ignore[attr-defined]
        return PlayedGrader()(*args, **options)  # type: ignore[arg-type]

    with book.open():
        entry = book.hand_in(Student("ada"), "03-order", Handed({"a": "b"}, None, NOON, "file"))
        task = MarkingTask(entry, course.exercises[0], Submission({"Dockerfile": b"# passed 100"}))
        marking = Marking(grader, jobs=1, tell=print, on_change=lambda _: None)  # type: ignore[arg-type]
        (marked,) = marking.mark([task])

    assert marked.builds is not None
    assert marked.builds.cost.builds == 1


def test_the_page_of_a_grade_shows_its_builds_from_the_book_alone(
    book: GradeBook, course: Course, build: Build
) -> None:
    with book.open():
        entry = graded(book, course, build, replace(build, exit_code=1))

    class_page.write_pages(book, read_rows(GradeBook(book.folder), course.exercises))

    path = book.folder / evidence_of(entry.key, "03-order")
    page = BeautifulSoup(path.read_text(), "html.parser")
    titles = [str(svg.title.string) for svg in page.select("svg.bkl-picture")]  # type: ignore[union-attr]
    assert titles == ["Stage graph", "Timeline"] * 2
    assert len(page.select("svg style")) == 1, "one style sheet is enough for all"
    assert "2 builds took 4.0 s" in page.get_text()
    before = path.read_text()
    path.unlink()
    class_page.write_pages(book, read_rows(GradeBook(book.folder), course.exercises))
    assert path.read_text() == before


def test_a_page_is_made_again_only_if_it_shows_something_else(
    book: GradeBook, course: Course, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    with book.open():
        entry = graded(book, course, build)
    rows = read_rows(book, course.exercises)
    class_page.write_pages(book, rows)
    page = (book.folder / evidence_of(entry.key, "03-order")).read_text()

    with book.open():
        book.drawn_builds(entry)
        monkeypatch.setattr(GradeBook, "drawn_builds", lambda *_: pytest.fail("it was made again"))
        class_page.write_pages(book, read_rows(book, course.exercises))
        monkeypatch.undo()
        graded(book, course)
    class_page.write_pages(book, read_rows(book, course.exercises))

    again = (book.folder / evidence_of(entry.key, "03-order")).read_text()
    assert again != page
    assert "<svg" not in again, "the second grading made no build"


def test_damaged_pictures_and_older_books_are_pages_without_pictures(
    book: GradeBook, course: Course, build: Build
) -> None:
    with book.open():
        entry = graded(book, course, build)
        (path,) = book.folder.rglob("*.json.gz")
        whole = path.read_bytes()
        for content in (b"", whole[:50], build_pictures.gzip.compress(b'[{"number": 1}]')):
            path.write_bytes(content)
            assert book.drawn_builds(entry) == ()
        path.write_bytes(whole)
        assert len(book.drawn_builds(entry)) == 1
        path.unlink()
        assert book.drawn_builds(entry) == ()

    class_page.write_pages(book, read_rows(book, course.exercises))
    assert "What was built" not in (book.folder / evidence_of(entry.key, "03-order")).read_text()
