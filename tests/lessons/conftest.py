"""Lessons as notebooks, and executed in a copy of the course: the repository stays as it is."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from sandbox import Sandbox
from sandbox.notebook.execute import CellRun, execute

LESSONS = Path(__file__).parents[2] / "lessons"
# The last one first: a lesson that needs what another has left behind does not find it.
NAMES = sorted((path.stem for path in LESSONS.glob("*.ipynb")), reverse=True)
RUNS_A_BUILD = re.compile(
    r"(?m)^ *(?:\w+ = %|!|%|(?:\w+=\S+ )?)docker (?:buildx )?build (?!.*--call)"
)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture(params=NAMES)
def lesson_name(request: pytest.FixtureRequest) -> str:
    """Each lesson in turn."""
    return str(request.param)


@pytest.fixture
def lesson(lesson_name: str) -> Any:
    """A lesson as it is in the repository."""
    return read(LESSONS / f"{lesson_name}.ipynb")


@pytest.fixture(scope="session")
def runs_a_build() -> Callable[[Any], bool]:
    """Takes a cell; whether it runs a build."""
    return lambda cell: cell.cell_type == "code" and bool(RUNS_A_BUILD.search(cell.source))


@dataclass(frozen=True)
class Course:
    """A copy of the course with a folder ``work`` beside it, and the kernels that ran in it.

    Args:
        folder: Holds both.
        sandbox: Where the lessons' builds go.
        mark: In the environment of every kernel, and so of all that it starts.
    """

    folder: Path
    sandbox: Sandbox
    mark: str = field(default_factory=lambda: f"LAB_COURSE={uuid.uuid4().hex}")

    def read(self, name: str) -> Any:
        """A lesson without outputs."""
        return read(self.folder / "lessons" / f"{name}.ipynb")

    def execute(self, notebook: Any) -> tuple[CellRun, ...]:
        """Run a notebook where the lessons are; outputs go into it.

        Raises:
            NotebookError: A cell failed.
        """
        name, _, value = self.mark.partition("=")
        env = {**os.environ, name: value, "BUILDKIT_LAB_WORK": str(self.folder / "work")}
        return execute(notebook, self.folder / "lessons", env=env)

    def still_running(self) -> Sequence[str]:
        """What kernels of this course have started and left running."""
        found = []
        for one in psutil.process_iter():
            try:
                if self.mark in (f"{name}={value}" for name, value in one.environ().items()):
                    found.append(" ".join(one.cmdline()))
            except psutil.Error:  # ended meanwhile, or somebody else's
                continue
        return found

    def builders(self) -> Sequence[str]:
        """The names of all builders, the current one with a star; their nodes are left out."""
        _, *lines = self.sandbox.docker("buildx", "ls").stdout.splitlines()
        return [line.split()[0] for line in lines if not line.startswith(" ")]

    def containers(self) -> str:
        """Ids of containers, ended ones among them."""
        return self.sandbox.docker("ps", "--all", "--quiet").stdout


@pytest.fixture(scope="session")
def course(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """One copy for the whole session, as a learner has one."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(LESSONS, folder / "lessons")
    return Course(folder, sandbox)


@pytest.fixture(scope="session")
def executed(course: Course) -> Callable[[str], tuple[Any, tuple[CellRun, ...]]]:
    """Executes a lesson, once for all tests that look at the outcome."""
    done: dict[str, tuple[Any, tuple[CellRun, ...]]] = {}

    def run(name: str) -> tuple[Any, tuple[CellRun, ...]]:
        if name not in done:
            notebook = course.read(name)
            done[name] = notebook, course.execute(notebook)
        return done[name]

    return run
