"""Hostile submissions, as strangers hand them in: nothing but their own grade is harmed."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from checker import SubmissionError, Verdict, exercises_folder, load
from checker.grading.grade import grade
from checker.grading.submission import take
from tests.hostile.conftest import Lab

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parent / "submissions"
CHECKOUT = Path(__file__).parents[2]
LINES = "44-lines"
"""Single commands, all of which are graded in one test: each is refused before anything runs."""
REPORT_BYTES = 200_000


@dataclass(frozen=True)
class Attack:
    """One thing that is handed in.

    Args:
        name: Its folder, and its case.
        folder: What is handed in; None: ``make`` makes it.
        exercise: The number of the exercise.
        verdicts: Those that are acceptable.
        home: The folder with ``after``, ``beside`` and ``make``.
    """

    name: str
    folder: Path | None
    exercise: str
    verdicts: tuple[str, ...]
    home: Path


def attacks(home: Path) -> Iterator[Attack]:
    number, verdicts, _ = (home / "expect").read_text().split("\n", 2)
    cases = sorted((home / "cases").iterdir()) if (home / "cases").is_dir() else [home]
    for case in cases:
        own = case / "verdict"
        name = home.name if case == home else f"{home.name}/{case.name}"
        folder = None if (home / "make").exists() else case
        accepted = tuple((own.read_text() if own.exists() else verdicts).split())
        yield Attack(name, folder, number.strip(), accepted, home)


ATTACKS = [
    attack
    for home in sorted(path for path in ROOT.iterdir() if path.is_dir())
    if home.name != LINES
    for attack in attacks(home)
]


@dataclass
class Trap:
    """A server on this machine's loopback, and who has asked it for anything."""

    port: int
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            caught.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        caught = Trap(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield caught
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Class:
    """Grades what is handed in, and looks at what is unharmed."""

    lab: Lab
    trap: Trap
    folder: Path

    @property
    def escape(self) -> Path:
        return self.folder / "escape"

    def hand_in(self, attack: Attack) -> Path:
        """The folder that is handed in, with its places filled in."""
        target = self.folder / "handed-in" / attack.name.replace("/", "-")
        if attack.folder is None:
            target.mkdir(parents=True)
            env = {**os.environ, "CHECKOUT": str(CHECKOUT)}
            subprocess.run(["sh", str(attack.home / "make"), str(target)], env=env, check=True)
            return target
        shutil.copytree(
            attack.folder,
            target,
            ignore=shutil.ignore_patterns("expect", "verdict", "after", "beside", "cases"),
        )
        return self.filled(target)

    def filled(self, folder: Path) -> Path:
        state = self.lab.state
        assert state is not None
        places = {"@PORT@": state.port, "@CANARY@": self.trap.port, "@ESCAPE@": self.escape}
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                for place, value in places.items():
                    content = content.replace(place.encode(), str(value).encode())
                path.write_bytes(content)
        return folder

    def grade(self, exercise: str, folder: Path) -> tuple[str, Mapping[str, Any]]:
        """The verdict (``usage`` if there is none), and the report."""
        done = self.lab.run("grade", exercise, str(folder), "--json", program="checker")
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode == 2:
            return "usage", {}
        assert len(done.stdout) < REPORT_BYTES
        hidden = {c for c in done.stdout if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n"}
        assert hidden == set()
        report: dict[str, Any] = json.loads(done.stdout)
        return report["verdict"], report

    def solution(self, number: str) -> Path:
        (folder,) = exercises_folder({}).glob(f"{number}-*")
        return folder / "solution"

    def is_unharmed(self) -> None:
        """Nothing escaped, nothing is left, the sandbox that was there is as it was."""
        assert not self.escape.exists()
        assert self.trap.asked == []
        assert [path.name for path in self.lab.paths.clones.iterdir()] == ["in-use"]
        assert list((self.lab.paths.clones / "in-use").iterdir()) == []
        assert self.lab.sandbox.is_up
        assert self.lab.sandbox.docker("image", "ls", "--quiet").stdout == ""


@pytest.fixture
def school(running: Lab, trap: Trap, tmp_path: Path) -> Class:
    return Class(running, trap, tmp_path)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_only_its_own_grade_is_harmed(school: Class, attack: Attack) -> None:
    folder = school.hand_in(attack)
    beside = attack.home / "beside"
    numbers = beside.read_text().split()[:1] if beside.exists() else []
    results: dict[str, str] = {}

    def grade_honest(number: str) -> None:
        results[number], _ = school.grade(number, school.solution(number))

    honest = [threading.Thread(target=grade_honest, args=(number,)) for number in numbers]
    for thread in honest:
        thread.start()
    verdict, report = school.grade(attack.exercise, folder)
    for thread in honest:
        thread.join()

    assert verdict in attack.verdicts, report
    assert results == dict.fromkeys(numbers, "passed")
    school.is_unharmed()


@pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS if (attack.home / "after").is_dir()],
    ids=lambda attack: attack.name,
)
def test_what_is_graded_afterwards_gets_what_it_would_get_alone(
    school: Class, attack: Attack
) -> None:
    number, verdicts = (attack.home / "after" / "expect").read_text().split("\n", 1)
    is_solution = (attack.home / "after" / "solution").exists()
    after = school.solution(number) if is_solution else attack.home / "after"

    school.grade(attack.exercise, school.hand_in(attack))
    verdict, report = school.grade(number, after)

    assert verdict in verdicts.split(), report


def test_no_line_of_these_is_run(school: Class) -> None:
    """In this process: each of a hundred commands would take a second to start."""
    number, *_ = (ROOT / LINES / "expect").read_text().splitlines()
    (folder,) = exercises_folder({}).glob(f"{number}-*")
    exercise, found = load(folder), {}
    for attack in attacks(ROOT / LINES):
        try:
            submission = take(exercise, school.hand_in(attack))
            verdict = grade(exercise, submission, school.lab.sandbox, in_clone=True).verdict
        except SubmissionError:
            verdict = Verdict.INVALID_SUBMISSION
        if verdict not in attack.verdicts:
            found[attack.name] = verdict

    assert found == {}
    school.is_unharmed()
