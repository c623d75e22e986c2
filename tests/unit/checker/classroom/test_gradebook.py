"""The store: what is kept, what never changes, and who may write."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checker import UsageError
from checker.classroom.book_entries import Handed, Override, Refusal, Versions, key_of
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student

from .conftest import Course, play

ADA = Student("ada", "Ada Lovelace")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
V1, V2 = Versions("e1", "c1"), Versions("e2", "c1")


def handed(text: str, at: datetime | None = NOON) -> Handed:
    return Handed({"Dockerfile": text}, None, at, "file")


@pytest.fixture
def book(tmp_path: Path) -> GradeBook:
    return GradeBook(tmp_path / "book")


def test_everything_comes_back_as_it_was_kept(book: GradeBook, course: Course) -> None:
    grade = play(course.exercises[0], b"# failed 60")
    with book.open():
        entry = book.hand_in(ADA, "03-order", handed("# failed 60"))
        book.add_grade(entry, grade, V1, at=NOON)

    (entry,) = GradeBook(book.folder).entries()

    assert (entry.student, entry.slug, entry.handed) == (ADA, "03-order", handed("# failed 60"))
    assert entry.latest is not None
    assert (entry.latest.grade, entry.latest.versions, entry.points) == (grade, V1, 60)


def test_the_time_of_handing_in_is_taken_once(book: GradeBook) -> None:
    later = datetime(2026, 2, 2, tzinfo=UTC)
    with book.open():
        book.hand_in(ADA, "03-order", handed("one"))
        again = book.hand_in(ADA, "03-order", handed("one", later))
        other = book.hand_in(ADA, "03-order", handed("two", later))

    assert again.handed == handed("one")
    assert other.handed == handed("two", later)


def test_old_grades_stay_and_the_latest_of_what_counts_is_shown(
    book: GradeBook, course: Course
) -> None:
    exercise = course.exercises[0]
    with book.open():
        entry = book.hand_in(ADA, "03-order", handed("one"))
        entry = book.add_grade(entry, play(exercise, b"# failed 60"), V1, at=NOON)
        entry = book.add_grade(entry, play(exercise, b"# failed 80"), V2, at=NOON)
        assert [one.grade.points for one in entry.grades] == [60, 80]
        assert entry.points == 80

        entry = book.hand_in(ADA, "03-order", handed("two"))
        assert (entry.latest, entry.points, len(entry.grades)) == (None, None, 2)

        assert book.hand_in(ADA, "03-order", handed("one")).points == 80


def test_an_override_wins_over_later_grades(book: GradeBook, course: Course) -> None:
    with book.open():
        entry = book.hand_in(ADA, "03-order", handed("one"))
        book.override(ADA, "03-order", Override(70, 100, "illness", NOON))
        book.override(ADA, "03-order", Override(75, 100, "a mistake of mine", NOON))
        entry = book.add_grade(entry, play(course.exercises[0], b"# failed 60"), V1, at=NOON)

    assert entry.points == 75
    assert entry.override == Override(75, 100, "a mistake of mine", NOON)


def test_set_aside_until_it_is_graded_or_handed_in_anew(book: GradeBook, course: Course) -> None:
    with book.open():
        entry = book.hand_in(ADA, "03-order", handed("one"))
        book.set_aside(entry, "it costs engines")
        assert book.entry(ADA, "03-order").aside == "it costs engines"
        assert book.hand_in(ADA, "03-order", handed("two")).aside == ""
        entry = book.hand_in(ADA, "03-order", handed("one"))
        assert entry.aside
        assert book.add_grade(entry, play(course.exercises[0], b""), V1, at=NOON).aside == ""


def test_a_refused_submission_is_kept_with_its_reason(book: GradeBook) -> None:
    refused = replace(handed(""), files={}, refusal=Refusal("It is empty.", "write it"))
    with book.open():
        assert book.hand_in(ADA, "03-order", refused).handed == refused


@pytest.mark.parametrize(
    "label",
    ["../../etc", "a/b", "", ".", "CON", "x" * 500, "\x1b[31m\n", os.fsdecode(b"\xff\xfe"), "ada "],
)
def test_no_label_leaves_the_book(book: GradeBook, label: str) -> None:
    with book.open():
        book.hand_in(Student(label), "03-order", handed("one"))

    (entry,) = book.entries()
    assert entry.student == Student(label)
    assert entry.shown_label.isprintable()
    (folder,) = (book.folder / "students").iterdir()
    assert folder.name == key_of(Student(label))
    assert len(folder.name) < 60


def test_labels_that_look_alike_have_folders_of_their_own() -> None:
    labels = ["ada", "Ada", "ada ", "\u00e9ve", "e\u0301ve", "a\u200bda"]

    assert len({key_of(Student(label)).casefold() for label in labels}) == len(labels)


def test_a_second_writer_is_told_and_ends(book: GradeBook) -> None:
    with (
        book.open(),
        pytest.raises(UsageError, match="Another `checker class` is writing"),
        GradeBook(book.folder).open(),
    ):
        pytest.fail("two writers at once")
    with book.open():
        pass


def test_what_a_killed_process_left_half_written_is_removed(
    book: GradeBook, course: Course
) -> None:
    with book.open():
        entry = book.hand_in(ADA, "03-order", handed("one"))
        book.add_grade(entry, play(course.exercises[0], b"# failed 60"), V1, at=NOON)
    (grade,) = book.folder.glob("students/*/*/grades/*.json")
    half = grade.with_name(f"{grade.name}.partial-17")
    half.write_text('{"version')

    with book.open():
        assert not half.exists()
        assert book.entry(ADA, "03-order").points == 60


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}'])
def test_a_grade_that_a_power_cut_damaged_is_no_grade(
    book: GradeBook, course: Course, text: str
) -> None:
    with book.open():
        entry = book.hand_in(ADA, "03-order", handed("one"))
        book.add_grade(entry, play(course.exercises[0], b"# failed 60"), V1, at=NOON)
        (grade,) = book.folder.glob("students/*/*/grades/*.json")
        grade.write_text(text)

        assert book.entry(ADA, "03-order").latest is None


def test_a_book_of_another_format_is_not_guessed_at(book: GradeBook) -> None:
    with book.open():
        book.hand_in(ADA, "03-order", handed("one"))
        (path,) = book.folder.glob("students/*/student.json")
        path.write_text(json.dumps({"version": 9}))

        with pytest.raises(UsageError, match="has the format 9"):
            book.entries()


def test_a_folder_of_something_else_is_no_book(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("-")
    with pytest.raises(UsageError, match="is no grade book"), GradeBook(tmp_path).open():
        pass
    with (
        pytest.raises(UsageError, match="is a file"),
        GradeBook(tmp_path / "thesis.txt").open(),
    ):
        pass
    with pytest.raises(UsageError, match="There is no grade book"):
        GradeBook(tmp_path).require()
