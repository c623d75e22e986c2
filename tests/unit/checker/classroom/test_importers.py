"""Exports for platforms: golden files, and what each platform's importer reads of them."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker import UsageError
from checker.classroom import platform_exports
from checker.classroom.book_entries import Handed, Override, Versions, key_of
from checker.classroom.book_rows import BookRows, read_rows
from checker.classroom.book_texts import write_exports
from checker.classroom.classroom50 import as_classroom50
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.moodle_feedback import as_moodle_feedback
from checker.classroom.roster import Roster

from . import importers
from .conftest import Course, play
from .importers import Aborted

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[3] / "data" / "class"
ROSTER = "id,name,github,role\n11,Ada Lovelace,ada-l,\n12,Bob,,\n13,Cyd,,\n14,Tom,,tutor\n"
ADA, BOB, TOM = (
    Student(label, name, "moodle")
    for label, name in (("11", "Ada Lovelace"), ("12", "Bob"), ("14", "Tom"))
)
WORK = (
    (ADA, "03-order", "# passed 100\n"),
    (ADA, "04-small", "# failed 60\n"),
    (BOB, "03-order", "# failed 0\n"),
    (TOM, "03-order", "# passed 100\n"),
)
RUN = {
    "SUBMISSION_TAG": "submit/1", "ASSIGNMENT": "order", "CLASSROOM": "2026", "OWNER": "school",
    "USERNAME": "ada-l", "COMMIT_URL": "https://example.org/c",
}  # fmt: skip


@pytest.fixture
def book(course: Course, tmp_path: Path) -> GradeBook:
    (tmp_path / "roster.csv").write_text(ROSTER)
    book = GradeBook(tmp_path / "book")
    with book.open():
        book.write_roster(Roster.read(tmp_path / "roster.csv"))
        for student, slug, text in WORK:
            add(book, course, student, slug, text)
        book.override(BOB, "04-small", Override(75, 100, "ill", NOON))
        blank = Handed({"Dockerfile": "# blank\n"}, None, NOON, "zip")
        book.hand_in(Student("13", "Cyd", "canvas"), "03-order", blank)
    return book


def add(
    book: GradeBook, course: Course, student: Student, slug: str, text: str, *, at: datetime = NOON
) -> None:
    entry = book.hand_in(student, slug, Handed({"Dockerfile": text}, None, NOON, "zip"))
    exercise = next(one for one in course.exercises if one.slug == slug)
    book.add_grade(entry, play(exercise, text.encode()), Versions("e", "c"), at=at)


@pytest.fixture
def rows(book: GradeBook) -> BookRows:
    return read_rows(book, ())


def test_golden_files(rows: BookRows) -> None:
    ada = f"03-order/{key_of(ADA)}.json"
    files = {one.name: one.text for one in platform_exports.as_gradescope(rows)}
    files |= {one.name: one.text for one in as_classroom50(rows, environ={"CLASSROOM": "2026"})}
    files |= {one.name: one.text for one in platform_exports.as_junit(rows)}

    assert files[f"gradescope/{ada}"] == (GOLDEN / "gradescope.json").read_text()
    assert files[f"classroom50/{ada}"] == (GOLDEN / "classroom50.json").read_text()
    assert files["junit.xml"] == (GOLDEN / "junit.xml").read_text()


def test_what_importers_read_of_the_golden_files() -> None:
    assert importers.read_canvas((GOLDEN / "canvas.csv").read_text()) == {
        "11": {"03-order": 100, "04-small": 60},
        "12": {"03-order": 0, "04-small": 75},
        "13": {},
    }
    moodle = (GOLDEN / "moodle.csv").read_text()
    assert importers.read_moodle(moodle, {"11", "12", "13"}, "id") == {
        "11": {"03-order": 100, "04-small": 60, "percent": 80},
        "12": {"03-order": 0, "04-small": 75, "percent": 38},
        "13": {},
    }
    gradescope = importers.read_gradescope((GOLDEN / "gradescope.json").read_text())
    assert gradescope == (100, {"It <b>builds</b>": "passed"})
    classroom50 = importers.read_classroom50((GOLDEN / "classroom50.json").read_text())
    assert (classroom50["username"], classroom50["score"]) == ("ada-l", 100)
    assert (classroom50["classroom"], classroom50["assignment"]) == ("2026", "03-order")


def test_importers_refuse_what_their_platforms_refuse() -> None:
    moodle = (GOLDEN / "moodle.csv").read_text()
    for text, users in (
        (moodle, {"11", "12"}),
        (moodle.replace(",80", ",160"), {"11", "12", "13"}),
        (moodle.replace(",80", ",many"), {"11", "12", "13"}),
    ):
        with pytest.raises(Aborted):
            importers.read_moodle(text, users, "id")
    classroom50 = (GOLDEN / "classroom50.json").read_text()
    for old, new in (("v1", "v2"), ("100,", "99.5,"), ("+00:00", ""), ('"passed"', '"pass"')):
        with pytest.raises(Aborted):
            importers.read_classroom50(classroom50.replace(old, new))
    with pytest.raises(Aborted):
        importers.read_canvas((GOLDEN / "canvas.csv").read_text().replace("11,0012,ada", ",,"))
    with pytest.raises(Aborted):
        importers.read_gradescope((GOLDEN / "gradescope.json").read_text().replace("100,", '"",'))


# -- Moodle's feedback


def test_moodle_gets_each_student_s_feedback_in_his_own_folder(
    rows: BookRows, tmp_path: Path
) -> None:
    (path,) = write_exports(tmp_path, "moodle-feedback", as_moodle_feedback(rows))

    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == (GOLDEN / "moodle-feedback.txt").read_text().splitlines()
    found = importers.read_moodle_feedback(path, {11, 12, 13, 14})
    assert set(found) == {11, 12}, "neither a tutor, nor one whom another platform named"
    assert "Feedback for Ada Lovelace" in found[11]["feedback.html"]
    assert "Bob" not in found[11]["feedback.html"]
    assert "Reason: ill" in found[12]["feedback.html"]
    with pytest.raises(Aborted):
        importers.read_moodle_feedback(path, {99})


@pytest.mark.parametrize("name", ["", "A_B", "../../x", "a\\b", "a\x00b", "A: b", "é" * 900, ".."])
def test_a_hostile_name_stays_one_folder(course: Course, tmp_path: Path, name: str) -> None:
    book = GradeBook(tmp_path / "book")
    with book.open():
        add(book, course, Student("007", name, "moodle"), "03-order", "# passed 100\n")

    (path,) = write_exports(tmp_path, "moodle-feedback", as_moodle_feedback(read_rows(book, ())))

    (only,) = zipfile.ZipFile(path).namelist()
    folder, _, file = only.partition("/")
    assert file == "feedback.html"
    assert len(folder.encode()) < 255
    assert not folder.startswith((".", "/"))
    assert list(importers.read_moodle_feedback(path, {7})) == [7]


def test_without_an_archive_of_moodle_there_is_no_zip(course: Course, tmp_path: Path) -> None:
    book = GradeBook(tmp_path / "book")
    with book.open():
        add(book, course, Student("ada"), "03-order", "# passed 100\n")
    with pytest.raises(UsageError, match="No student of the book was handed in with an archive"):
        as_moodle_feedback(read_rows(book, ()))

    with book.open():  # a book learns it when the archive is handed in again, and keeps it
        for again in (Student("ada", "Ada", "moodle"), Student("ada", "Ada L."), Student("ada")):
            add(book, course, again, "03-order", "# passed 100\n")
    (archive,) = as_moodle_feedback(read_rows(book, ()))
    assert archive.texts[0].name == "Ada L._ada_assignsubmission_file_/feedback.html"


# -- Classroom 50


def test_every_grade_has_a_result_and_a_blank_has_none(rows: BookRows) -> None:
    files = as_classroom50(rows, environ={"USERNAME": "teacher", "OWNER": "school"})

    results = [importers.read_classroom50(one.text) for one in files]
    told = [(one["username"], one["assignment"], one["score"], one["owner"]) for one in results]
    assert told == [
        ("ada-l", "03-order", 100, "school"),
        ("ada-l", "04-small", 60, "school"),
        ("12", "03-order", 0, "school"),
        ("12", "04-small", 75, "school"),
    ]


def test_a_second_grading_changes_one_time_of_two(
    book: GradeBook, course: Course, rows: BookRows
) -> None:
    before = importers.read_classroom50(as_classroom50(rows, environ={})[0].text)
    with book.open():
        add(book, course, ADA, "03-order", "# passed 100\n", at=NOON + timedelta(days=1))

    after = importers.read_classroom50(as_classroom50(read_rows(book, ()), environ={})[0].text)

    assert after["datetime"] == before["datetime"]
    assert after["graded_at"] == "2026-01-02T12:00:00+00:00"


def test_in_a_run_of_classroom_50_its_environment_names_the_submission(
    course: Course, rows: BookRows, tmp_path: Path
) -> None:
    book = GradeBook(tmp_path / "one")
    with book.open():
        add(book, course, Student("checkout"), "03-order", "# failed 30\n")

    (file,) = as_classroom50(read_rows(book, ()), environ=RUN)

    assert file.name == "classroom50/result.json"
    result = importers.read_classroom50(file.text)
    assert {name: result[name.lower()] for name in RUN} == RUN
    assert (result["release_url"], result["score"]) == ("", 30)
    for several in (rows, read_rows(GradeBook(tmp_path / "none"), ())):
        with pytest.raises(UsageError, match="SUBMISSION_TAG names one submission"):
            as_classroom50(several, environ=RUN)
