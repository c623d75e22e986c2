"""The course as a learner has it, and each lesson run once for all tests that look at the outcome.

Whoever asks ``executed`` for a lesson has to be in that lesson's group (see ``side_by_side``), and
then has what the first one to ask has run: from the first cell to the last, in an engine that has
not seen the lesson before.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import psutil
import pytest

from sandbox import Sandbox

if TYPE_CHECKING:
    from sandbox.notebook.execute import CellRun

LESSONS = Path(__file__).parents[2] / "lessons"
# The last one first: a lesson that needs what another has left behind does not find it.
NAMES = sorted((path.stem for path in LESSONS.glob("*.ipynb")), reverse=True)


@dataclass(frozen=True, slots=True)
class Course:
    """A copy of the course with a folder ``work`` beside it, and the kernels that ran in it.

    Args:
        folder: Holds both.
        sandbox: Where the lessons' builds go.
        original: What the lessons' own folder held at first.
        mark: In the environment of every kernel, and so of all that it starts.
    """

    folder: Path
    sandbox: Sandbox
    original: Mapping[str, bytes]
    mark: str = field(default_factory=lambda: f"LAB_COURSE={uuid.uuid4().hex}")

    def read(self, name: str) -> Any:
        """A lesson without outputs."""
        import nbformat  # noqa: PLC0415  # not in every run of a unit test: it takes its time

        path = self.folder / "lessons" / f"{name}.ipynb"
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]

    def execute(self, notebook: Any) -> tuple[CellRun, ...]:
        """Run a notebook where the lessons are; outputs go into it.

        Raises:
            NotebookError: A cell failed.
        """
        from sandbox.notebook.execute import execute  # noqa: PLC0415  # as above

        name, _, value = self.mark.partition("=")
        env = {**os.environ, name: value, "BUILDKIT_LAB_WORK": str(self.folder / "work")}
        return execute(notebook, self.folder / "lessons", env=env)

    def changed(self) -> Sequence[str]:
        """Files of the lessons' own folder that are new, gone, or not what they were at first."""
        now = files(self.folder / "lessons")
        names = now.keys() | self.original.keys()
        return sorted(name for name in names if now.get(name) != self.original.get(name))

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


def files(folder: Path) -> dict[str, bytes]:
    """Path → content of all files below."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


Executed: TypeAlias = "tuple[Any, tuple[CellRun, ...]]"


@pytest.fixture(scope="session")
def course(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """One copy for the whole session, as a learner has one."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(LESSONS, folder / "lessons")
    return Course(folder, sandbox, files(folder / "lessons"))


@pytest.fixture(scope="session")
def executed(course: Course) -> Callable[[str], Executed]:
    """Takes a lesson's name: the notebook with its outputs, and what each cell took."""
    done: dict[str, Executed] = {}

    def run(name: str) -> Executed:
        if name not in done:
            notebook = course.read(name)
            done[name] = notebook, course.execute(notebook)
        return done[name]

    return run
