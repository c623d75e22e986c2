"""What can be measured about the sandbox, builds, and the command lines.

A comparison runs A B A B …, so that both meet the same machine, and is the ratio of each pair.
Whatever is run several times is run once before, which warms up both sides and does not count.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat
from recording import run
from report import Figure

from sandbox import Sandbox
from sandbox.engine.status import resident_bytes
from sandbox.notebook.execute import execute

_CELL_TIMEOUT_S = 300
COMMANDS = Path(sys.executable).parent
_DOCKERFILE = """\
FROM lab/busybox AS one
RUN sleep 1 && seq 20000 > /numbers
RUN sort -r /numbers > /one
FROM lab/busybox AS two
RUN seq 200 && sleep 1.2 && echo two > /two
FROM lab/busybox
COPY --from=one /one /
COPY --from=two /two /
"""
# 60 vertices and 5,000 lines of log: ten stages of five RUNs, and a stage that takes from nine.
_TALKATIVE = "".join(
    f"FROM lab/busybox AS s{stage}\n"
    # No two alike: BuildKit would run them once.
    + "".join(f"RUN seq {n}00 {n}99\n" for n in range(5 * stage, 5 * stage + 5))
    for stage in range(10)
) + "".join(f"COPY --from=s{stage} /bin/busybox /{stage}\n" for stage in range(9))
# Runs in a kernel, where what is sent to a browser is made as it is for one.
_WATCHED = """\
import json, subprocess, time
from pathlib import Path

%load_ext sandbox
command = "buildx build --no-cache {folder}"

def watched():
    build = get_ipython().run_line_magic("docker", command)
    assert build.ok, build.message

def bare():
    subprocess.run(["docker", *command.split()], check=True, capture_output=True)

def timed_s(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

ratios = [timed_s(watched) / timed_s(bare) for _ in range({pairs} + 1)]
Path({answer!r}).write_text(json.dumps(ratios[1:]))
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement is given.

    Args:
        lab: A running sandbox that nobody else uses.
        pairs: How often a comparison is made, and whatever else is measured several times.
        tell: Shows on stderr what is being measured.
    """

    lab: Sandbox
    pairs: int
    tell: Callable[[str], None]

    def runs(self, name: str) -> Iterator[int]:
        """The numbers of the runs, each told of; 0 is the one that does not count."""
        for number in range(self.pairs + 1):
            self.tell(f"{name}: run {number} of {self.pairs}" if number else f"{name}: warming up")
            yield number


def up(bench: Bench) -> Iterator[Figure]:
    """``sandbox up``, the command as typed, with base images and root file system there."""
    seconds = []
    for number in bench.runs("up"):
        bench.lab.down()
        took_s = timed_s(run, COMMANDS / "sandbox", "up")
        seconds += [took_s] if number else []
    yield Figure("up", "sandbox up, warm", "s", tuple(seconds), at_most=1)


def idle(bench: Bench) -> Iterator[Figure]:
    """Memory that the sandbox's processes have resident when nothing builds."""
    bench.tell("idle")
    used = resident_bytes(bench.lab.state) / 1e6
    yield Figure("idle", "resident, idle", "MB", (used,), at_most=250)


def build(bench: Bench) -> Iterator[Figure]:
    """``Sandbox.build`` against the command that it stands for."""
    lab = bench.lab
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(_DOCKERFILE)
        argv = (lab.paths.bin / "docker", "buildx", "build", "--no-cache", folder)
        env = lab.environment()
        ratios = ratios_of(
            bench,
            "build",
            lambda: lab.build(folder, no_cache=True),
            lambda: run(*argv, env=env),
        )
    yield Figure("build", "Sandbox.build / docker buildx build", "ratio", ratios, at_most=1.03)


def watched(bench: Bench) -> Iterator[Figure]:
    """A build that a notebook shows while it runs, against the bare command in the same kernel."""
    bench.tell(f"watched: {bench.pairs} pairs in a kernel")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(_TALKATIVE)
        answer = Path(folder) / "ratios"
        cell = _WATCHED.format(folder=folder, pairs=bench.pairs, answer=str(answer))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        execute(notebook, Path(folder), timeout_s=_CELL_TIMEOUT_S * (bench.pairs + 1))
        ratios: list[float] = json.loads(answer.read_text())
    title = "%docker buildx build, watched / bare"
    yield Figure("watched", title, "ratio", tuple(ratios), at_most=1.03)


def startup(bench: Bench) -> Iterator[Figure]:
    """Commands that build nothing, beside ``python -c pass``."""
    # Python keeps byte code, as it does for everybody who has not told it otherwise.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    commands = {
        "checker list": 0.3,
        "checker --help": None,
        "sandbox --help": None,
        "sandbox status": None,
    }
    for command, at_most in commands.items():
        program, *arguments = command.split()
        ours, python = [], []
        for number in bench.runs(command):
            ours_s = timed_s(run, COMMANDS / program, *arguments, env=env)
            python_s = timed_s(run, sys.executable, "-c", "pass", env=env)
            if number:
                ours.append(ours_s)
                python.append(python_s)
        parts = {
            "python_s": median(python),
            "times_python": median(a / b for a, b in zip(ours, python, strict=True)),
        }
        yield Figure(f"startup {command}", command, "s", tuple(ours), at_most, parts)


def ratios_of(
    bench: Bench,
    name: str,
    ours: Callable[[], object],
    bare: Callable[[], object],
    before: Callable[[], object] = lambda: None,
) -> tuple[float, ...]:
    """Times of ``ours`` over those of ``bare``, in pairs; ``before`` is no part of either."""
    ratios = []
    for number in bench.runs(name):
        before()
        ours_s = timed_s(ours)
        before()
        bare_s = timed_s(bare)
        ratios += [ours_s / bare_s] if number else []
    return tuple(ratios)


def timed_s(work: Callable[..., object], *args: object, **options: object) -> float:
    """Seconds that a call of ``work`` with these arguments takes."""
    began = time.perf_counter()
    work(*args, **options)
    return time.perf_counter() - began
