"""A whole run with a played grader: any order, any kill, and the same book."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from checker.classroom import class_report, versions
from checker.classroom.class_run import ClassRun
from checker.classroom.gradebook import GradeBook
from checker.classroom.handed_in import read_class
from checker.classroom.layouts import Placement, place
from checker.classroom.marking import Marking

from .conftest import Course, PlayedGrader

TIMES = {"graded_at", "duration_s"}

CLASS = {
    **{f"s{n:02}/03-order/Dockerfile": f"# failed {n}\n" for n in range(8)},
    "ada/03-order/Dockerfile": "# passed 100\n",
    "ada/04-small/Dockerfile": "# build_error 0\n",
    "bob/03-order/Dockerfile": "# timeout 40\n",
    "cyd/03-order/Dockerfile": "# infrastructure 1\n",
    "dan/03-order/Dockerfile": "",
}


def placement_of(course: Course) -> Placement:
    return place(read_class(course.handed_in, {"Dockerfile"}), course.exercises, course.slugs)


def grade(
    course: Course, book: Path, grader: PlayedGrader, *, shuffled: int | None = None, jobs: int = 2
) -> ClassRun:
    work = list(placement_of(course).work)
    if shuffled is not None:
        random.Random(shuffled).shuffle(work)
    with GradeBook(book).open() as opened:
        marking = Marking(grader, jobs=jobs, tell=lambda _: None, on_change=lambda _: None)
        run = ClassRun(opened, marking)
        run.grade_missing(run.hand_in(work))
        return run


def without_times(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: without_times(value) for name, value in data.items() if name not in TIMES}
    return [without_times(one) for one in data] if isinstance(data, list) else data


def contents(book: Path) -> dict[str, Any]:
    """Every file of the book, apart from times."""
    return {
        path.relative_to(book).as_posix(): without_times(json.loads(path.read_text()))
        for path in sorted(book.rglob("*.json"))
    }


def test_what_the_machine_cannot_read_is_a_blank_and_no_zero(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.lay_out({"ada/03-order/Dockerfile": "# passed 100\n"})
    opened = os.open

    def fail(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith("ada/03-order/Dockerfile"):
            raise OSError(errno.EMFILE, "Too many open files")
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", fail)
    book = course.root / "book"
    result = grade(course, book, PlayedGrader()).result

    assert [(entry.shown_label, why) for entry, why in result.blanks] == [
        ("ada", "Dockerfile cannot be read: Too many open files.")
    ]
    assert class_report.exit_code_of(result, []) == 3
    assert not list(book.glob("students/*/*/grades/*"))
    monkeypatch.undo()
    again = grade(course, book, PlayedGrader()).result
    assert [entry.points for entry in again.graded] == [100]


def test_two_orders_and_any_number_of_jobs_give_equal_books(course: Course) -> None:
    course.lay_out(CLASS)
    books = []
    for number in range(3):
        book = course.root / f"book-{number}"
        run = grade(course, book, PlayedGrader(), shuffled=number, jobs=1 + number)
        assert len(run.result.graded) == len(CLASS)
        books.append(contents(book))

    assert books[0] == books[1] == books[2]
    verdicts = {
        (data["student"], data["exercise"]): (data["verdict"], data["points"])
        for name, data in books[0].items()
        if "/grades/" in name
    }
    assert len(verdicts) == len(CLASS)
    assert verdicts["ada", "03-order"] == ("passed", 100)
    assert verdicts["bob", "03-order"] == ("timeout", 40)
    assert verdicts["cyd", "03-order"] == ("passed", 100)
    assert verdicts["dan", "03-order"] == ("invalid_submission", 0)


def test_what_has_a_grade_is_not_graded_again(course: Course, grader: PlayedGrader) -> None:
    course.lay_out(CLASS)
    book = course.root / "book"
    grade(course, book, grader)
    before = {path: path.read_bytes() for path in book.rglob("*.json")}
    course.lay_out({"eve/03-order/Dockerfile": "# failed 7\n"})
    second = PlayedGrader()

    run = grade(course, book, second)

    assert second.seen == [b"# failed 7\n"]
    assert len(run.result.known) == len(CLASS)
    assert {path: path.read_bytes() for path in before} == before


PLAYED = """
import sys, time
from pathlib import Path
from checker import load
from tests.unit.checker.classroom.conftest import Course, PlayedGrader
from tests.unit.checker.classroom.test_class_run import grade
root = Path(sys.argv[1])
course = Course([load(root / "exercises" / slug) for slug in ("03-order", "04-small")], root)
grader = PlayedGrader()
grader.pause = lambda: time.sleep(600) if len(grader.seen) > int(sys.argv[2]) else None
grade(course, root / "killed", grader)
"""


def begin(course: Course, graded: int) -> subprocess.Popen[bytes]:
    """Begin a run, which waits after so many gradings until it is killed."""
    root = Path(__file__).parents[4]
    return subprocess.Popen(
        [sys.executable, "-c", PLAYED, str(course.root), str(graded)],
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def grades_in(book: Path) -> Sequence[Path]:
    return sorted(book.glob("students/*/*/grades/*.json"))


def wait_for(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_killed_in_the_middle_and_begun_again_it_is_the_same_book(course: Course) -> None:
    course.lay_out(CLASS)
    grade(course, course.root / "whole", PlayedGrader())
    killed = course.root / "killed"
    for _ in range(3):
        before = len(grades_in(killed))
        process = begin(course, graded=3)  # two of these may have to be tried again, at the end
        wait_for(lambda before=before: len(grades_in(killed)) > before)
        process.send_signal(signal.SIGKILL)
        process.wait()
        (killed / "students" / "left.json.partial-1").write_text("{")
    kept = {path: path.read_bytes() for path in grades_in(killed)}
    assert 3 <= len(kept) < len(CLASS)

    last = PlayedGrader()
    run = grade(course, killed, last)

    assert len(run.result.known) == len(kept)
    assert {path: path.read_bytes() for path in kept} == kept
    assert contents(killed) == contents(course.root / "whole")
    assert not list(killed.rglob("*.partial-*"))


def test_a_second_run_on_the_same_book_is_told_and_ends(course: Course) -> None:
    course.lay_out(CLASS)
    first = begin(course, graded=0)
    try:
        wait_for(lambda: grades_in(course.root / "killed"))
        second = subprocess.run(
            [sys.executable, "-c", PLAYED, str(course.root), "0"],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        first.kill()
        first.wait()

    assert "Another `checker class` is writing to the grade book" in second.stderr


def test_a_full_disk_keeps_what_is_there(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.lay_out(CLASS)
    book = course.root / "book"
    written = GradeBook._write
    room = [30]

    def full(self: GradeBook, path: Path, data: Any) -> None:
        room[0] -= 1
        if room[0] < 0 and "grades" in path.parts:
            raise OSError(28, "No space left on device", str(path))
        written(self, path, data)

    monkeypatch.setattr(GradeBook, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        grade(course, book, PlayedGrader())
    monkeypatch.undo()
    grade(course, course.root / "whole", PlayedGrader())

    grade(course, book, PlayedGrader())

    assert contents(book) == contents(course.root / "whole")


def test_old_grades_are_kept_and_the_report_says_what_moved(
    course: Course, grader: PlayedGrader
) -> None:
    course.lay_out({"ada/03-order/Dockerfile": "# infrastructure 0\n"})
    book = GradeBook(course.root / "book")
    grade(course, book.folder, grader)
    (course.exercises[0].context / "list.csv").write_text("two\n")
    (course.exercises[0].folder / "hints.md").write_text("## changed, and no grade with it\n")
    with book.open():
        fixed = PlayedGrader(instead=b"# failed 80")
        marking = Marking(fixed, jobs=1, tell=lambda _: None, on_change=lambda _: None)
        run = ClassRun(book, marking)
        (entry,) = book.entries()
        assert run.is_stale(entry, course.exercises[0])
        run.grade_again([(entry, course.exercises[0])])
        (entry,) = book.entries()
        assert not run.is_stale(entry, course.exercises[0])

    assert [one.grade.points for one in entry.grades] == [100, 80]
    text = class_report.as_text(run.result, [], book.folder, stale=0)
    assert "ada 03-order: 100 → 80" in text
    assert "0 of 1 that were graded again kept their points" in text


def test_a_set_aside_submission_is_listed_and_not_tried_again(course: Course) -> None:
    course.lay_out(
        {"ada/03-order/Dockerfile": "# lost 9\n", "bob/03-order/Dockerfile": "# passed 100"}
    )
    book = course.root / "book"

    first = grade(course, book, PlayedGrader())
    again = PlayedGrader()
    second = grade(course, book, again)

    for run in (first, second):
        assert [entry.shown_label for entry, _ in run.result.aside] == ["ada"]
        assert class_report.exit_code_of(run.result, []) == 3
    assert again.seen == []
    text = class_report.as_text(second.result, [("x", "is lost")], book, stale=2)
    assert "set aside:\n  ada 03-order: the engine was lost twice" in text
    assert "not placed:\n  x: is lost" in text
    assert "2 grades are from before" in text


def test_a_blank_is_listed_and_tried_again_next_time(course: Course) -> None:
    course.lay_out({"ada/03-order/Dockerfile": "# infrastructure 2\n"})
    book = course.root / "book"
    grader = PlayedGrader()

    first = grade(course, book, grader)
    assert [(entry.shown_label, why) for entry, why in first.result.blanks] == [
        ("ada", "It was infrastructure.")
    ]
    assert class_report.exit_code_of(first.result, []) == 3
    report = class_report.as_text(first.result, [], book, stale=0)
    assert "blank, by trouble of the sandbox or the machine:\n  ada 03-order" in report
    assert class_report.exit_code_of(grade(course, book, grader).result, []) == 0


def test_exit_codes(course: Course, grader: PlayedGrader) -> None:
    course.lay_out({"ada/03-order/Dockerfile": "# failed 0\n"})
    result = grade(course, course.root / "book", grader).result

    assert class_report.exit_code_of(result, []) == 0
    assert class_report.exit_code_of(result, [("x", "is lost")]) == 1
    result.invalid["03-order"] = "wrong"
    assert class_report.exit_code_of(result, []) == 4


def test_parts_that_cannot_change_a_grade_exist() -> None:
    """A part that was renamed would count as one that can."""
    for folder, names in versions._ONLY_SHOWN.items():
        assert [name for name in names if not (folder / name).exists()] == []
