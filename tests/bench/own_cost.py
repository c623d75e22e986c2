"""Our own cost: the wall time of a grading or a lesson less the time in its docker commands.

Time in docker is taken from a recording of the same run: the clock before and after each client
process, and where several run side by side their common time counts once. What the lab does
while a command runs costs nothing here. What it does between commands does: copying a context,
reading images, asking the registry, waiting, and, of a lesson, its kernel.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat
from figures import COMMANDS, Bench, ratios_of, timed_s
from recording import Command, bare, docker_s, recorded, run
from report import Figure

from sandbox import Sandbox
from sandbox.notebook.execute import execute, read

ROOT = Path(__file__).parents[2]
SLUGS = tuple(sorted(path.parent.name for path in ROOT.glob("exercises/*/exercise.toml")))
HERE = "--isolation=never"
"""Grades in the sandbox whose commands are recorded; what a clone costs is a figure of its own."""
REPLAYED = "01-parallel-stages"
_LESSON = "01-dag-builds"


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of a grading or a lesson.

    Args:
        wall_s: From its beginning to its end.
        docker_s: In which a docker command ran.
        start_s: What its process took beside that, to load the checker and to end.
    """

    wall_s: float
    docker_s: float
    start_s: float = 0.0


def grade(bench: Bench) -> Iterator[Figure]:
    """``checker grade`` of one solution as typed, against its docker commands run again."""
    with replayed(bench) as replay:
        ratios = ratios_of(bench, "grade", _type, replay.run, before=replay.forget)
    title = f"checker grade {REPLAYED} / its {len(replay.commands)} commands"
    yield Figure("grade", title, "ratio", ratios, at_most=1.15)


@dataclass(frozen=True, slots=True)
class Replay:
    """The docker commands of one grading, to be run again.

    Args:
        lab: Where they run.
        commands: The commands, with what was in their folders.
    """

    lab: Sandbox
    commands: tuple[Command, ...]

    def run(self) -> None:
        """Run them one after the other, as typed at a terminal."""
        client, env = self.lab.paths.bin / "docker", self.lab.environment()
        for command in self.commands:
            run(client, *bare(command.arguments), env=env, cwd=command.folder)

    def forget(self) -> None:
        """Empty the builder's cache."""
        self.lab.docker("buildx", "prune", "--all", "--force")


@contextlib.contextmanager
def replayed(bench: Bench) -> Iterator[Replay]:
    """The commands of grading the solution of ``REPLAYED``; their folders last for the block."""
    with tempfile.TemporaryDirectory() as log, tempfile.TemporaryDirectory() as temporary:
        bench.tell(f"recording the commands of {REPLAYED}")
        _type()  # makes the base images, which would be recorded too
        with recorded(bench.lab, Path(log), keeps_below=Path(temporary)) as recording:
            _type(env={**os.environ, "TMPDIR": temporary})
        yield Replay(bench.lab, recording.commands)


def _type(env: dict[str, str] | None = None) -> None:
    solution = ROOT / "exercises" / REPLAYED / "solution"
    run(COMMANDS / "checker", "grade", REPLAYED, solution, HERE, env=env)


def solutions(bench: Bench, slugs: Sequence[str] = SLUGS) -> Iterator[Figure]:
    """Every solution's grading against the docker commands in it, and the sum of them all."""
    sums = [[0.0, 0.0] for _ in range(bench.pairs)]
    for slug in slugs:
        costs = _grading_costs(bench, slug)
        for sum_s, cost in zip(sums, costs, strict=True):
            sum_s[0] += cost.wall_s
            sum_s[1] += cost.docker_s
        yield _cost_figure(f"solution {slug}", f"{slug}: grading / docker", costs, at_most=1.2)
    if len(slugs) > 1:
        costs = [Cost(wall_s, in_docker_s) for wall_s, in_docker_s in sums]
        title = f"all {len(slugs)} solutions: gradings / docker"
        yield _cost_figure("solutions", title, costs, at_most=1.05)


def lesson(bench: Bench) -> Iterator[Figure]:
    """A lesson's notebook, executed in a copy of the course, against the docker commands in it."""
    costs, kernels = [], []
    for number in bench.runs("lesson"):
        empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pass")])
        with tempfile.TemporaryDirectory() as log, tempfile.TemporaryDirectory() as course:
            folder = Path(course) / "lessons"
            shutil.copytree(ROOT / "lessons", folder)
            env = {**os.environ, "BUILDKIT_LAB_WORK": f"{course}/work"}
            kernel_s = timed_s(execute, empty, folder, env=env)
            notebook = read(folder / f"{_LESSON}.ipynb")
            with recorded(bench.lab, Path(log)) as recording:
                wall_s = timed_s(execute, notebook, folder, env=env)
            if number:
                costs.append(Cost(wall_s, docker_s(recording.commands)))
                kernels.append(kernel_s)
    parts = {"empty_notebook_s": median(kernels)}
    yield _cost_figure("lesson", f"lesson {_LESSON} / docker", costs, parts=parts)


def _grading_costs(bench: Bench, slug: str) -> list[Cost]:
    solution = ROOT / "exercises" / slug / "solution"
    costs = []
    for number in bench.runs(slug):
        with tempfile.TemporaryDirectory() as log, recorded(bench.lab, Path(log)) as recording:
            began = time.perf_counter()
            done = run(COMMANDS / "checker", "grade", "--json", slug, solution, HERE)
            took_s = time.perf_counter() - began
            in_docker_s = docker_s(recording.commands)
        # Its own clock begins when Python and the checker are loaded: what that costs is a figure
        # of its own, and the same for every exercise.
        wall_s = json.loads(done.stdout)["duration_s"]
        costs += [Cost(wall_s, in_docker_s, took_s - wall_s)] if number else []
    return costs


def _cost_figure(
    name: str,
    title: str,
    costs: Sequence[Cost],
    *,
    at_most: float | None = None,
    parts: dict[str, float] | None = None,
) -> Figure:
    shown = {
        "own_s": median(cost.wall_s - cost.docker_s for cost in costs),
        "docker_s": median(cost.docker_s for cost in costs),
    }
    if any(cost.start_s for cost in costs):
        shown["start_s"] = median(cost.start_s for cost in costs)
    ratios = tuple(cost.wall_s / cost.docker_s for cost in costs)
    return Figure(name, title, "ratio", ratios, at_most, shown | (parts or {}))
