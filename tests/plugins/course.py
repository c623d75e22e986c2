"""The course as a learner has it, and each lesson run once for all tests that look at the outcome.

A test that asks ``executed`` for a lesson must be in that lesson's group (see ``side_by_side``).
The first such test runs the lesson, from the first cell to the last, in an engine that has not seen
the lesson before; the other tests of the group get the same outputs.
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

from checker.learner import LessonCopies
from sandbox import Sandbox

if TYPE_CHECKING:
    from sandbox.notebook.execute import CellRun

LESSONS = Path(__file__).parents[2] / "lessons"
# In reverse order, so that a lesson fails if it needs results of an earlier lesson.
NAMES = sorted((path.stem for path in LESSONS.glob("*.ipynb")), reverse=True)


@dataclass(frozen=True, slots=True)
class Course:
    """A copy of the course with a folder ``work`` beside it, and the kernels that ran in it.

    Args:
        folder: The folder that holds the copy and ``work``.
        sandbox: The sandbox in which the lessons build.
        original: Path → content of the files that the folder of the lessons had at first.
        mark: A variable in the environment of every kernel, and so of every process that a kernel
            starts.
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
        """Run a notebook where a learner's copy of it lies; its outputs are stored in ``notebook``.

        Raises:
            NotebookError: A cell failed.
        """
        from sandbox.notebook.execute import execute  # noqa: PLC0415  # as above

        name, _, value = self.mark.partition("=")
        env = {**os.environ, name: value, "BUILDKIT_LAB_WORK": str(self.folder / "work")}
        return execute(notebook, self.folder / "work", env=env)

    def changed(self) -> Sequence[str]:
        """The files in the folder of the lessons that are new, missing or changed."""
        now = files(self.folder / "lessons")
        names = now.keys() | self.original.keys()
        return sorted(name for name in names if now.get(name) != self.original.get(name))

    def still_running(self) -> Sequence[str]:
        """The command lines of processes that kernels of this course started and left running."""
        found = []
        for one in psutil.process_iter():
            try:
                if self.mark in (f"{name}={value}" for name, value in one.environ().items()):
                    found.append(" ".join(one.cmdline()))
            except psutil.Error:  # the process has ended, or belongs to another user
                continue
        return found

    def builders(self) -> Sequence[str]:
        """The names of all builders, the current one with a star; their nodes are left out."""
        _, *lines = self.sandbox.docker("buildx", "ls").stdout.splitlines()
        return [line.split()[0] for line in lines if not line.startswith(" ")]

    def containers(self) -> str:
        """The ids of all containers, including containers that have ended."""
        return self.sandbox.docker("ps", "--all", "--quiet").stdout


def files(folder: Path) -> dict[str, bytes]:
    """Path → content of all files in a folder and its subfolders."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


Executed: TypeAlias = "tuple[Any, tuple[CellRun, ...]]"


@pytest.fixture(scope="session")
def course(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """One copy of the course for the whole session, like a learner's copy."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(LESSONS, folder / "lessons")
    LessonCopies(folder / "lessons").update()
    return Course(folder, sandbox, files(folder / "lessons"))


@pytest.fixture(scope="session")
def executed(course: Course) -> Callable[[str], Executed]:
    """Returns a function: lesson's name → the notebook with its outputs, and its cell runs."""
    done: dict[str, Executed] = {}

    def run(name: str) -> Executed:
        if name not in done:
            notebook = course.read(name)
            done[name] = notebook, course.execute(notebook)
        return done[name]

    return run
