"""``checker class`` as it is typed, with a grader that is played."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import checker.grading
from checker import cli
from checker.classroom import class_page, wall
from checker.classroom.progress_lines import ProgressLines

from .conftest import Course, PlayedGrader

CLASS = {
    "ada/03-order/Dockerfile": "# passed 100\n",
    "bob/03-order/Dockerfile": "# failed 60\n",
    "bob/04-small/Dockerfile": "# failed 10\n",
}


@pytest.fixture
def run(
    course: Course,
    grader: PlayedGrader,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """Runs ``checker class …`` in the test's course; returns exit code, stdout and stderr."""
    monkeypatch.setattr(checker.grading, "grade_on_sandbox", grader, raising=False)
    monkeypatch.setenv("BUILDKIT_LAB_EXERCISES", str(course.exercises[0].folder.parent))

    def run(*args: object) -> tuple[int, str, str]:
        code = cli.run(["class", *map(str, args)])
        return code, *capsys.readouterr()

    return run


Run = Callable[..., tuple[int, str, str]]


def test_a_class_becomes_a_book(run: Run, course: Course, tmp_path: Path) -> None:
    book = tmp_path / "book"

    code, out, err = run(course.lay_out(CLASS), "--book", book)

    assert (code, err) == (0, "")
    assert "3 graded, 0 had a grade already" in out
    assert out.splitlines()[-1] == f"next: open {book / 'index.html'}"
    for name in ("index.html", "grades.csv", "matrix.csv", "grades.json"):
        assert (book / name).stat().st_size
    assert "0 graded, 3 had a grade already" in run(course.handed_in, "--book", book)[1]


def test_options_may_stand_in_front(run: Run, course: Course, tmp_path: Path) -> None:
    folder = course.lay_out(CLASS)

    code, out, _ = run("--book", tmp_path / "book", "--exercise", "04", "--jobs", 1, folder)

    assert code == 0
    assert "1 graded" in out


def test_the_book_may_lie_in_the_folder_of_the_class(run: Run, course: Course) -> None:
    folder = course.lay_out(CLASS)

    for graded in (3, 0):
        code, out, _ = run(folder, "--book", folder / "book")
        assert code == 0, out
        assert f"{graded} graded" in out


def test_what_is_not_placed_or_not_in_the_roster_is_listed(
    run: Run, course: Course, tmp_path: Path
) -> None:
    folder = course.lay_out({**CLASS, "notes.txt": "-"})
    roster = tmp_path / "roster.csv"
    roster.write_text("id,role\nada,\nzoe,\n")

    code, out, _ = run(folder, "--book", tmp_path / "book", "--roster", roster)

    assert code == 1
    assert "  notes.txt: is in no student's place" in out
    assert "  bob: is not in the roster" in out
    assert "zoe" in (tmp_path / "book" / "matrix.csv").read_text()


def test_events_for_programs(run: Run, course: Course, tmp_path: Path) -> None:
    code, out, _ = run(course.lay_out(CLASS), "--book", tmp_path / "book", "--json-lines")

    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    ended = {(one["student"], one["exercise"]): one for one in events if one["event"] == "ended"}
    assert ended["bob", "03-order"]["points"] == 60
    assert events[-1]["event"] == "summary"
    assert (events[-1]["graded"], events[-1]["exit_code"]) == (3, 0)
    states = [one for one in events if one["event"] == "progress"]
    assert set(states[0]) >= {"waiting", "running", "done", "set_aside", "left_s"}


def test_regrading_says_what_moved_and_takes_only_what_is_asked_for(
    run: Run, course: Course, grader: PlayedGrader, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    run(course.lay_out(CLASS), "--book", book)
    (course.exercises[0].context / "list.csv").write_text("fixed\n")
    assert "2 grades are from before a change" in run(course.handed_in, "--book", book)[1]
    grader.instead, grader.seen = b"# failed 80", []

    code, out, _ = run("regrade", "--book", book, "--changed", "--student", "bob")

    assert code == 0
    assert "  bob 03-order: 60 → 80" in out
    assert "1 grade is from before a change" in out
    assert grader.seen == [b"# failed 60\n"]

    out = run("regrade", "--book", book, "--changed")[1]
    assert "  ada 03-order: 100 → 80" in out
    assert "0 graded" in run("regrade", "--book", book, "--changed")[1]
    assert "  bob 04-small: 10 → 80" in run("regrade", "--book", book, "--exercise", "4")[1]


def test_an_override_wins_and_is_marked(
    run: Run, course: Course, grader: PlayedGrader, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    run(course.lay_out(CLASS), "--book", book)

    code, out, _ = run("override", "bob", "03", 75, "--why", "by hand", "--book", book)

    assert (code, out) == (0, "bob 03-order: 60 → 75, by hand\n")
    grader.instead = b"# failed 90"
    out = run("regrade", "--book", book, "--student", "bob", "--exercise", "03")[1]
    assert "bob 03-order: 60 → 90 (the teacher's 75 points count)" in out
    assert "bob,,,student,03-order,75,100,failed,75,by hand" in (book / "grades.csv").read_text()
    assert "75*" in (book / "index.html").read_text()


def test_points_by_hand_settle_what_was_set_aside(run: Run, course: Course, tmp_path: Path) -> None:
    book = tmp_path / "book"
    folder = course.lay_out({"ada/03-order/Dockerfile": "# lost 9\n"})
    assert run(folder, "--book", book)[0] == 3

    run("override", "ada", "03", 40, "--why", "read by hand", "--book", book)
    code, out, _ = run(folder, "--book", book)

    assert code == 0
    assert "0 graded, 1 had a grade already" in out


def test_an_export_for_spreadsheets(run: Run, course: Course, tmp_path: Path) -> None:
    book = tmp_path / "book"
    run(course.lay_out(CLASS), "--book", book)

    code, out, _ = run("export", "--book", book, "--bom", "--delimiter", ";")

    assert code == 0
    assert str(book / "grades.csv") in out
    assert (book / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent;name;")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("regrade", "--book", "BOOK/none"), "There is no grade book at"),
        (("regrade", "--book", "BOOK", "--student", "zoe"), "The book has no student zoe."),
        (("override", "zoe", "03", "1", "--why", "x", "--book", "BOOK"), "no student zoe"),
        (("override", "bob", "03", "101", "--why", "x", "--book", "BOOK"), "at most 100 points"),
        (("override", "bob", "03", "1", "--why", " ", "--book", "BOOK"), "A reason is missing."),
        (("export", "--book", "BOOK", "--delimiter", "ab"), "The delimiter is one character"),
        (("export", "--book", "BOOK", "--for", "moodle-feedback"), "with an archive of Moodle"),
        (("CLASS", "--book", "BOOK", "--layout", "blackboard"), "There is no layout"),
        (("CLASS/none", "--book", "BOOK"), "There is nothing at"),
        (("CLASS", "--book", "BOOK", "--roster", "BOOK/none"), "cannot be read"),
        (("CLASS", "--book", "CLASS"), "is no grade book"),
        (("CLASS", "--book", "BOOK", "--port", "0"), "are for --watch"),
        (("CLASS", "--book", "BOOK", "--hide-names"), "are for --watch"),
        (("CLASS", "--book", "BOOK", "--stuck-after", "5"), "are for --watch"),
        (("CLASS/ada/03-order/Dockerfile", "--book", "BOOK", "--watch"), "can be watched"),
        (("CLASS/none", "--book", "BOOK", "--watch"), "There is nothing at"),
        (("CLASS", "--book", "BOOK", "--watch", "--cluster", "local:2"), "on this machine only"),
    ],
)
def test_a_wrong_command_says_what_to_do(
    run: Run, course: Course, tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    book = tmp_path / "book"
    run(course.lay_out(CLASS), "--book", book)
    places = {"BOOK": str(book), "CLASS": str(course.handed_in)}
    words = [
        places.get(a.partition("/")[0], a.partition("/")[0]) + a[len(a.partition("/")[0]) :]
        for a in args
    ]

    code, _, err = run(*words)

    assert code == 2
    assert message in err
    assert "\n  next: " in err


def test_interrupted_it_keeps_what_is_done(
    run: Run, course: Course, grader: PlayedGrader, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    folder = course.lay_out(CLASS)

    def interrupt(*_: object) -> None:
        if len(grader.seen) == 2:
            raise KeyboardInterrupt

    grader.pause = interrupt
    code, _, err = run(folder, "--book", book, "--jobs", 1)

    assert code == 130
    assert f"What was graded is kept in {book}." in err
    assert (book / "grades.csv").read_text().count(",passed,") == 1
    grader.pause = lambda: None
    assert "2 graded, 1 had a grade already" in run(folder, "--book", book)[1]


def test_the_pages_are_written_while_the_class_is_graded(
    run: Run, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr("checker.classroom.book_results._PAGE_EVERY_S", 0.0)
    monkeypatch.setattr("checker.classroom.book_results._PAUSE_SHARE", 0)
    monkeypatch.setattr(class_page, "write_pages", lambda _, rows: written.append(rows))

    run(course.lay_out(CLASS), "--book", tmp_path / "book")

    assert len(written) == len(CLASS) + 1


def test_the_files_of_a_platform_are_written_on_demand(
    run: Run, course: Course, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    run(course.lay_out(CLASS), "--book", book)

    code, out, _ = run("export", "--book", book, "--for", "moodle", "--for", "gradescope", "--bom")

    assert code == 0
    assert (book / "exports" / "moodle.csv").read_text().startswith("\ufeffid,03-order")
    assert len(list((book / "exports" / "gradescope").rglob("*.json"))) == 3
    assert str(book / "exports" / "moodle.csv") in out.splitlines()
    code, _, err = run("export", "--book", book, "--for", "blackboard")
    assert code == 2
    assert "choose one: canvas, moodle" in err


def test_feedback_goes_back_where_moodle_s_archive_came_from(run: Run, tmp_path: Path) -> None:
    book, names = tmp_path / "book", ("Ada Lovelace_0012", "Bob_13")
    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        for name in names:
            archive.writestr(f"{name}_assignsubmission_file_/Dockerfile", "# failed 60\n")
    run(tmp_path / "moodle.zip", "--book", book, "--exercise", "03")
    run("override", "0012", "03", 75, "--why", "ill", "--book", book)

    formats = ("feedback", "moodle-feedback", "classroom50")
    code, out, _ = run("export", "--book", book, *(f"--for={name}" for name in formats))

    assert code == 0
    exports = book / "exports"
    assert str(exports / "moodle-feedback.zip") in out.splitlines()
    kinds = [path.suffix for path in sorted((exports / "feedback").iterdir())]
    assert kinds == [".html", ".md", ".html", ".md"]
    assert len(list((exports / "classroom50").rglob("*.json"))) == 2
    with zipfile.ZipFile(exports / "moodle-feedback.zip") as archive:
        back = {name: archive.read(name).decode() for name in archive.namelist()}
    assert list(back) == [f"{name}_assignsubmission_file_/feedback.html" for name in names]
    assert ["Reason: ill" in page for page in back.values()] == [True, False]


def test_the_platform_s_own_sheet_is_filled(run: Run, course: Course, tmp_path: Path) -> None:
    book, sheet = tmp_path / "book", tmp_path / "sheet.csv"
    run(course.lay_out(CLASS), "--book", book)
    sheet.write_bytes(b'id,Grade,x\r\nada,,"=1"\r\ncyd,-,\r\n')

    code, out, _ = run("fill", sheet, "03", "--book", book)

    filled = tmp_path / "sheet.filled.csv"
    assert filled.read_bytes() == b'id,Grade,x\r\nada,100,"=1"\r\ncyd,-,\r\n'
    assert (code, out.splitlines()) == (
        1,
        [f"1 marks put into {filled}", "not in the sheet:", "  bob"],
    )
    assert sheet.read_bytes().startswith(b"id,Grade,x\r\nada,,")
    sheet.write_bytes(b"id,Grade\nada,\nbob,\n")
    assert run("fill", sheet, "03", "--book", book)[0] == 0
    code, _, err = run("fill", tmp_path / "none.csv", "03", "--book", book)
    assert code == 2
    assert "cannot be read" in err


@pytest.mark.parametrize("json_lines", [False, True])
def test_a_wall_is_served_until_ctrl_c_and_the_book_is_whole(
    run: Run,
    course: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    json_lines: bool,
) -> None:
    book, urls, seen = tmp_path / "book", [], []
    at_the_end = (
        *("<b>1</b> exercises passed", "It &lt;b&gt;builds"),
        *("<b>0</b> waiting", "<b>0</b> being graded"),
    )
    serving = ProgressLines.serving
    monkeypatch.setattr(wall, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(
        ProgressLines, "serving", lambda lines, url: (urls.append(url), serving(lines, url))
    )

    def look_and_interrupt() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if urls:
                with urllib.request.urlopen(urls[0], timeout=30) as answer:
                    seen.append(answer.read().decode())
                if all(count in seen[-1] for count in at_the_end):
                    os.kill(os.getpid(), signal.SIGINT)  # the server answers, so it runs still
                    return
            time.sleep(0.01)

    browser = threading.Thread(target=look_and_interrupt)
    browser.start()
    more = ["--json-lines"] if json_lines else []
    code, out, _ = run(course.lay_out(CLASS), "--book", book, "--watch", "--hide-names", *more)
    browser.join()

    assert code == 0
    assert "student 2" in seen[-1]
    assert not [name for name in ("ada", "bob") if name in "".join(seen)]
    assert (book / "grades.csv").read_text().count(",failed,") == 2
    if json_lines:
        events = {one["event"]: one for one in map(json.loads, out.splitlines())}
        assert events["serving"]["url"] == urls[0]
        assert events["summary"]["graded"] == 3
    else:
        assert urls[0] in out.splitlines()
        assert out.splitlines()[-1] == f"next: open {book / 'index.html'}"


def test_a_wall_on_a_port_in_use_is_told(run: Run, course: Course, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        folder = course.lay_out(CLASS)

        code, _, err = run(folder, "--book", tmp_path / "book", "--watch", "--port", port)

    assert code == 2
    assert f"Port {port} is in use" in err
    assert "next: name another one with --port" in err
