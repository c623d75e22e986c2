"""Lessons as notebooks, and executed once for all tests that look at the outcome."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from sandbox import Sandbox
from sandbox.notebook.execute import CellRun, execute

LESSONS = Path(__file__).parents[2] / "lessons"
NAMES = sorted(path.stem for path in LESSONS.glob("*.ipynb"))


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
def executed(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Any, tuple[CellRun, ...]]]:
    """Executes a lesson, once, in a copy of the course: the repository stays as it is."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(LESSONS, course / "lessons")
    done: dict[str, tuple[Any, tuple[CellRun, ...]]] = {}

    def run(name: str) -> tuple[Any, tuple[CellRun, ...]]:
        if name not in done:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("BUILDKIT_LAB_WORK", str(course / "work"))
                notebook = read(course / "lessons" / f"{name}.ipynb")
                done[name] = notebook, execute(notebook, course / "lessons")
        return done[name]

    return run
