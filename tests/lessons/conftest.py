"""Each lesson in turn, as a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from tests.plugins.course import LESSONS, NAMES

RUNS_A_BUILD = re.compile(
    r"(?m)^ *(?:\w+ = %|!|%|(?:\w+=\S+ )?)docker (?:buildx )?build (?!.*--call)"
)


@pytest.fixture(params=NAMES)
def lesson_name(request: pytest.FixtureRequest) -> str:
    """Each lesson in turn."""
    return str(request.param)


@pytest.fixture
def lesson(lesson_name: str) -> Any:
    """A lesson as it is in the repository."""
    path = LESSONS / f"{lesson_name}.ipynb"
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def runs_a_build() -> Callable[[Any], bool]:
    """Takes a cell; whether it runs a build."""
    return lambda cell: cell.cell_type == "code" and bool(RUNS_A_BUILD.search(cell.source))
