"""What it costs to grade each submission in a sandbox of its own: time, and what is left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import psutil
from figures import COMMANDS, Bench, timed_s
from own_cost import ROOT, SLUGS
from recording import run
from report import Figure

_JOBS = 2
_EACH = 4
"""How many gradings each job makes."""
_GRADED = "09-npm-token"
"""An exercise that waits for downloads, and once for its turn."""
_CLONES = 20


def clone(bench: Bench) -> Iterator[Figure]:
    """A clone's start until its engine builds, and its end until nothing is left."""
    up, gone = [], []
    with bench.lab.clone():
        pass  # makes the golden sandbox
    for number in bench.runs("clone"):
        began = time.perf_counter()
        with bench.lab.clone():
            up_s = time.perf_counter() - began
            began = time.perf_counter()
        if number:
            up.append(up_s)
            gone.append(time.perf_counter() - began)
    yield Figure("clone up", "a clone starts", "s", tuple(up), at_most=0.7)
    yield Figure("clone gone", "a clone ends", "s", tuple(gone), at_most=0.5)


def isolation(bench: Bench) -> Iterator[Figure]:
    """How many seconds longer the grading of each solution takes in a clone, and the median."""
    medians = []
    for slug in SLUGS:
        more = []
        for number in bench.runs(f"isolation {slug}"):
            seconds = [timed_s(_grade, slug, isolation) for isolation in ("always", "never")]
            more += [seconds[0] - seconds[1]] if number else []
        medians.append(median(more))
        yield Figure(f"isolation {slug}", f"{slug}: more in a clone", "s", tuple(more))
    title = f"all {len(SLUGS)} solutions: more in a clone"
    yield Figure("isolation", title, "s", tuple(medians), at_most=0.5)


def jobs(bench: Bench) -> Iterator[Figure]:
    """The same gradings by two jobs at once and by one; 1.5 times as many a minute is 0.667."""

    def graded_by(count: int) -> None:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(_grade, [_GRADED] * _JOBS * _EACH, ["always"] * _JOBS * _EACH))

    ratios = []
    for number in bench.runs("jobs"):
        pair = timed_s(graded_by, _JOBS) / timed_s(graded_by, 1)
        ratios += [pair] if number else []
    yield Figure("jobs", f"{_JOBS} jobs / 1 job", "ratio", tuple(ratios), at_most=0.667)


def left(bench: Bench) -> Iterator[Figure]:
    """What twenty clones, one after the other, leave of files, mounts, processes and disk."""
    home = bench.lab.paths.home
    with bench.lab.clone():
        pass
    before = _there(home)
    for number in range(_CLONES):
        bench.tell(f"left: clone {number + 1} of {_CLONES}")
        with bench.lab.clone():
            pass
    found = [after - earlier for after, earlier in zip(_there(home), before, strict=True)]
    parts = dict(zip(("files", "mounts", "processes"), map(float, found[1:]), strict=True))
    yield Figure("left", f"{_CLONES} clones leave", "MB", (found[0] / 1e6,), 0, parts)


def _grade(slug: str, isolation: str) -> None:
    solution = ROOT / "exercises" / slug / "solution"
    run(COMMANDS / "checker", "grade", slug, solution, f"--isolation={isolation}")


def _there(home: Path) -> tuple[int, int, int, int]:
    """Bytes and number of the files that clones may make, mounts, and processes of the lab."""
    folders = (home / "clones", home / "run")
    files = [
        Path(parent) / name
        for folder in folders
        for parent, _, names in os.walk(folder)
        for name in names
    ]
    size = sum(path.lstat().st_blocks * 512 for path in files)
    mounts = len(Path("/proc/mounts").read_text().splitlines())
    named = sum(str(home) in " ".join(_words(one)) for one in psutil.process_iter())
    return size, len(files), mounts, named


def _words(one: psutil.Process) -> list[str]:
    try:
        return one.cmdline()
    except psutil.Error:  # it has ended
        return []
