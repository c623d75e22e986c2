"""A class of thirty on the engine: killed, resumed, in another order, by two workers: equal books.

One member in three is hostile: in what was handed in, in the name of the student, or in both.
"""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise, exercises_folder, load
from checker.classroom.class_run import ClassRun
from checker.classroom.cluster.addresses import ClusterOptions
from checker.classroom.cluster.connection import cluster_marking
from checker.classroom.gradebook import GradeBook
from checker.classroom.handed_in import read_class
from checker.classroom.layouts import Layout, place
from checker.course.claims import find_claims
from sandbox import Sandbox

CHECKER = str(Path(sys.executable).with_name("checker"))
TESTS = Path(__file__).parents[1]
LINK = "a link"
# What was handed in is a claim of the exercise's author, or a file or folder below `tests`.
CLASS = {
    # Student: exercise, what was handed in, verdict, points
    "ada": ("02", "solution", "passed", 100),
    "Ada": ("02", "the starter", "failed", 30),
    "bob": ("02", "alternatives/borrowed-tests", "passed", 100),
    "cyd": ("02", "near-misses/greets", "failed", 80),
    "dan": ("02", "near-misses/builds", "build_error", 0),
    "=1+1": ("02", "hostile/submissions/65-walls", "passed", 100),
    "<img src=x onerror=a()>": ("02", "hostile/submissions/72-report/cases/esc", "build_error", 0),
    "eve": ("02", "hostile/submissions/71-fake-causes/cases/memory", "build_error", 0),
    "fay": ("02", "hostile/submissions/70-fake-engine-fault/cases/user", "build_error", 0),
    "0001": ("04", "solution", "passed", 100),
    "0002": ("04", "the starter", "failed", 30),
    "0003": ("04", "alternatives/allow-list", "passed", 100),
    "0004": ("04", "near-misses/builds", "build_error", 0),
    "0005": ("04", "exercises/cheats/04-small-context/password-removed", "failed", 80),
    "..\\0006": ("04", LINK, "invalid_submission", 0),
    "Jos\u00e9": ("10", "solution", "passed", 100),
    "Jose\u0301": ("10", "near-misses/builds", "build_error", 0),
    "-rf": ("02", "hostile/submissions/70-fake-engine-fault/cases/label", "build_error", 0),
    "gus": ("15", "solution", "passed", 100),
    "hal": ("15", "the starter", "failed", 0),
    "ida": ("15", "near-misses/names", "failed", 70),
    "joe": ("15", "hostile/submissions/44-lines/cases/context-url", "invalid_submission", 0),
    "kim": ("15", "hostile/submissions/44-lines/cases/cache-to-up", "invalid_submission", 0),
    "$(id)": ("15", "hostile/submissions/44-lines/cases/glob", "invalid_submission", 0),
    "leo": ("18", "solution", "passed", 100),
    "mia": ("18", "the starter", "failed", 10),
    "ned": ("18", "alternatives/walk-through", "passed", 100),
    "oda": ("18", "near-misses/recipe", "failed", 10),
    "pia": ("18", "near-misses/asks", "failed", 0),
    "\x1b[2J": ("18", "exercises/cheats/18-who-built-this/hard-coded", "failed", 10),
}
KILLED_AFTER = 12
VARIES = {"graded_at", "duration_s", "cost", "evidence"}
"""Times, and what holds measured times and random values."""
VARYING = re.compile(r"\b(?:[0-9a-f]{8,}|[0-9a-z]{25}|[0-9.]+ m?s)\b")
"""Random values, names that BuildKit draws, and times, in a message."""


@pytest.mark.timeout(1200)
def test_a_class_is_graded_right_in_any_order_killed_in_between_or_by_two_workers(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    exercises = {one.slug[:2]: one for one in map(load, exercises_folder({}).glob("*-*"))}
    handed_in = tmp_path / "handed-in"
    for student, (number, what, *_) in CLASS.items():
        folder = handed_in / student / exercises[number].slug
        folder.mkdir(parents=True)
        _hand_in(exercises[number], what, folder)
    chosen = [exercises[number] for number in sorted({one[0] for one in CLASS.values()})]

    killed, other = tmp_path / "killed", tmp_path / "other"
    _grade_and_kill(handed_in, killed)
    known = len(list(killed.rglob("grades/*.json")))
    line = [CHECKER, "class", str(handed_in), f"--book={killed}", "--layout=folders", "--jobs=2"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert KILLED_AFTER <= known < len(CLASS)
    assert f"{len(CLASS) - known} graded, {known} had a grade already" in done.stdout
    with (killed / "matrix.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == len(CLASS) + 2, "names, most points, and the class"
    assert "<img" not in (killed / "index.html").read_text()
    grades = _contents(killed, "grades")
    expected = {
        (student, exercises[number].slug): (verdict, points)
        for student, (number, _, verdict, points) in CLASS.items()
    }
    entries = GradeBook(killed).entries()
    found = {
        (one.student.label, one.slug): (one.latest.grade.verdict.value, one.points)
        for one in entries
        if one.latest is not None
    }
    assert found == expected

    _grade_by_two_workers_from_last_to_first(handed_in, chosen, other)

    assert _contents(other, "grades") == grades
    assert _contents(other, "handed-in") == _contents(killed, "handed-in")
    assert not list((sandbox.paths.clones / "in-use").glob("*"))


def _hand_in(exercise: Exercise, what: str, folder: Path) -> None:
    if what == LINK:
        for name in exercise.submit:
            (folder / name).symlink_to(exercise.folder / "solution" / name)
        return
    claims = {claim.name: claim.submission.files for claim in find_claims(exercise)}
    files: Mapping[str, bytes] = claims.get(what) or {}
    if not files:
        (path,) = TESTS.glob(f"{what}*")
        files = (
            {name: (path / name).read_bytes() for name in exercise.submit}
            if path.is_dir()
            else {exercise.submit[0]: path.read_bytes()}
        )
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _grade_and_kill(handed_in: Path, book: Path) -> None:
    line = [CHECKER, "class", str(handed_in), f"--book={book}", "--layout=folders", "--json-lines"]
    with subprocess.Popen([*line, "--jobs=2"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        ended = 0
        for event in map(json.loads, running.stdout):
            ended += event["event"] == "ended"
            if ended == KILLED_AFTER:
                break
        os.kill(running.pid, signal.SIGKILL)


def _grade_by_two_workers_from_last_to_first(
    handed_in: Path, exercises: list[Exercise], book: Path
) -> None:
    files = read_class(handed_in, {name for one in exercises for name in one.submit})
    work = place(files, exercises, [one.slug for one in exercises], Layout.FOLDERS).work
    marking = cluster_marking(
        ClusterOptions(local="local:2"), tell=print, on_change=lambda _: None, patience_s=300
    )
    with GradeBook(book).open() as opened:
        run = ClassRun(opened, marking)
        run.grade_missing(run.hand_in(work[::-1]))
    assert (run.result.blanks, run.result.aside) == ([], [])


def _contents(book: Path, kind: str) -> dict[str, Any]:
    """All files of a kind, without times and random values."""
    return {
        path.relative_to(book).as_posix(): _lasting(json.loads(path.read_text()))
        for path in book.glob(f"students/*/*/{kind}/*.json")
    }


def _lasting(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _lasting(value) for name, value in data.items() if name not in VARIES}
    if isinstance(data, list):
        return [_lasting(one) for one in data]
    return VARYING.sub("…", data) if isinstance(data, str) else data
