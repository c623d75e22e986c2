"""What ``checker class`` costs and gains. The class hands in one exercise, whose builds wait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from figures import COMMANDS, Bench, timed_s
from own_cost import REPLAYED, ROOT, replayed
from recording import run
from report import Figure

from checker.classroom.export_formats import FORMATS

_BOOK = Path(__file__).with_name("class_book.py")
_EXERCISES = len(list(ROOT.glob("exercises/*/exercise.toml")))
_SHARES = (10, 2, 1)
"""The class grows from a tenth of the size to a half, and to the whole size."""
_WARMING = 4
"""So many submissions keep two places busy twice."""


@dataclass(frozen=True, slots=True)
class ClassBench:
    """What every measurement is given.

    Args:
        bench: The sandbox, and how often to measure.
        size: The number of students.
    """

    bench: Bench
    size: int

    def runs(self, name: str) -> Iterator[tuple[int, int]]:
        """As ``Bench.runs``, each with the size of its class; the one that warms up is small."""
        for number in self.bench.runs(f"{name}, a class of {self.size}"):
            yield number, self.size if number else min(self.size, _WARMING)


def serial(given: ClassBench) -> Iterator[Figure]:
    """One job against the docker commands of the same gradings, typed one after the other."""
    ratios, own, docker = [], [], []
    with replayed(given.bench) as replay:
        for number, size in given.runs("serial"):
            class_s = timed_s(_grade, size, "--jobs=1")
            docker_s = 0.0
            for _ in range(size):
                replay.forget()  # each submission of the class meets an empty cache, too
                docker_s += timed_s(replay.run)
            if number:
                ratios.append(class_s / docker_s)
                own.append((class_s - docker_s) / size)
                docker.append(docker_s / size)
    title = f"a class of {given.size}, 1 job / its commands"
    yield Figure("serial", title, "ratio", tuple(ratios), at_most=1.1)
    parts = {"docker_s": median(docker)}
    yield Figure("own", "own cost of a submission", "s", tuple(own), at_most=0.3, parts=parts)


def jobs(given: ClassBench) -> Iterator[Figure]:
    """Two jobs against one; 1.5 times as fast is 0.667."""
    yield _compared(given, "jobs", "2 jobs / 1 job", ("--jobs=2",), ("--jobs=1",), at_most=0.667)


def workers(given: ClassBench) -> Iterator[Figure]:
    """Two workers against one, from their first grades to the last; 1.8 times as fast is 0.556."""
    options = ("--cluster=local:2",), ("--cluster=local:1",)
    yield _compared(given, "workers", "2 workers / 1 worker", *options, at_most=0.556)


def growth(given: ClassBench) -> Iterator[Figure]:
    """The seconds of each further submission, as the class grows; linear is a ratio of 1."""
    sizes = [max(2, given.size // share) for share in _SHARES]
    found: list[list[float]] = []
    for number, size in given.runs("growth"):
        if number:
            found.append([timed_s(_grade, size, "--jobs=2") for size in sizes])
        else:
            _grade(size, "--jobs=2")
    for size, took in zip(sizes, zip(*found, strict=True), strict=True):
        parts = {"each_s": median(took) / size}
        yield Figure(f"class of {size}", f"a class of {size}, 2 jobs", "s", took, parts=parts)
    first, second, third = sizes
    if first < second < third:
        ratios = [
            (last - middle) / (third - second) / ((middle - few) / (second - first))
            for few, middle, last in found
        ]
        title = f"each from {second} to {third} / each to {second}"
        yield Figure("growth", title, "ratio", tuple(ratios), at_most=1.15)


def book(given: ClassBench) -> Iterator[Figure]:
    """A book of 20 times 300 grades, for a class of 30: read, exported to all formats, and shown.

    The first export writes a page for each grade; a later one writes those that have changed.
    """
    students = 10 * given.size
    grades = students * _EXERCISES
    line = ["class", "export", *(f"--for={name}" for name in FORMATS)]
    with tempfile.TemporaryDirectory(prefix="lab-bench-") as folder:
        place = Path(folder) / "book"
        given.bench.tell(f"book: making {grades} grades")
        run(sys.executable, _BOOK, place, students)
        first_s, _ = _seconds_and_mb([*line, f"--book={place}"])
        again = [
            _seconds_and_mb([*line, f"--book={place}"])
            for number in given.bench.runs(f"book of {grades} grades")
            if number
        ]
    seconds, sizes = zip(*again, strict=True)
    title = f"{grades} grades: all exports and the page"
    yield Figure("book", title, "s", seconds, 5, {"with_every_page_s": first_s})
    yield Figure("book memory", f"{grades} grades: resident at most", "MB", sizes, 300)


MEASUREMENTS: Mapping[str, Callable[[ClassBench], Iterator[Figure]]] = {
    "serial": serial,
    "jobs": jobs,
    "growth": growth,
    "workers": workers,
    "book": book,
}


def _compared(
    given: ClassBench,
    name: str,
    title: str,
    two: Sequence[str],
    one: Sequence[str],
    *,
    at_most: float,
) -> Figure:
    """Seconds of each grading at two places over those at one, in pairs."""
    ratios = []
    for number, size in given.runs(name):
        enough = max(size, _WARMING)
        ratio = _grade(enough, *two, places=2) / _grade(enough, *one)
        ratios += [ratio] if number else []
    return Figure(name, title, "ratio", tuple(ratios), at_most)


def _grade(size: int, *options: str, places: int = 1) -> float:
    """Grade a class; returns the seconds of each grading after the first one of each place."""
    solution = ROOT / "exercises" / REPLAYED / "solution" / "Dockerfile"
    with tempfile.TemporaryDirectory() as folder:
        for number in range(size):
            theirs = Path(folder) / "handed-in" / f"{number:04}"
            theirs.mkdir(parents=True)
            (theirs / "Dockerfile").write_text(f"{solution.read_text()}\n# {number}\n")
        line = [COMMANDS / "checker", "class", f"{folder}/handed-in", f"--book={folder}/book"]
        with subprocess.Popen(
            [*line, f"--exercise={REPLAYED}", "--layout=folders", "--json-lines", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            ended = [
                time.perf_counter()
                for event in map(json.loads, running.stdout)
                if event["event"] == "ended" and event["verdict"] == "passed"
            ]
            said = running.stderr.read()
        if running.returncode or len(ended) != size:
            sys.exit(f"bench: {len(ended)} of {size} passed:\n{said[-2000:]}")
        return (ended[-1] - ended[places - 1]) / max(1, size - places)  # a class of one: 0


def _seconds_and_mb(arguments: Sequence[str]) -> tuple[float, float]:
    """Run the checker; returns its seconds, and the most memory that it had resident."""
    began = time.perf_counter()
    process = os.posix_spawn(
        COMMANDS / "checker",
        ["checker", *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(process, 0)
    if status:
        sys.exit(f"bench: checker {arguments[0]} failed with status {status}")
    return time.perf_counter() - began, used.ru_maxrss / 1000
