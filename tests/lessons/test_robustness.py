"""Lessons as learners run them: cut off, begun again, cells twice, the sandbox down or online."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell

from sandbox import Sandbox
from sandbox.notebook.execute import CellRun, NotebookError

if TYPE_CHECKING:
    from tests.lessons.conftest import Course

pytestmark = pytest.mark.timeout(900)
Executed = Callable[[str], tuple[Any, tuple[CellRun, ...]]]
SHORT = "00-start"
"""A lesson whose builds need base images alone."""
TWICE = 3
"""So many of a lesson's first builds are run a second time; all of them would take minutes."""
CUT_OFF = """\
import os, signal, threading
threading.Timer(0.6, os.kill, (os.getpid(), signal.SIGKILL)).start()
"""
ASK_FOR_AN_IMAGE = """\
from sandbox import NotRunning, Sandbox
try:
    Sandbox().image("postcard")
except NotRunning as error:
    print(error.report())
"""
WAIT_S = 30


def wait_until_over(course: Course) -> None:
    end = time.monotonic() + WAIT_S
    while left := course.still_running():
        assert time.monotonic() < end, left
        time.sleep(0.1)


def files(course: Course) -> dict[str, bytes]:
    folder = course.folder / "lessons"
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def code(source: str) -> Any:
    return new_code_cell(source)  # type: ignore[no-untyped-call]


def first_half(lesson: Any, runs_a_build: Callable[[Any], bool]) -> list[Any]:
    """Its cells up to a build in the middle, which is cut off; the first builds run twice.

    Without the hidden checks: they hold for a lesson whose cells are run once.
    """
    cells = [cell for cell in lesson.cells if "check" not in cell.metadata.get("tags", ())]
    builds = [number for number, cell in enumerate(cells) if runs_a_build(cell)]
    middle = next((n for n in builds if n >= len(cells) / 2), builds[-1])
    half: list[Any] = []
    for number, cell in enumerate(cells[:middle]):
        half += [cell] if number not in builds[:TWICE] else [cell, code(cell.source)]
    return [*half, code(CUT_OFF), cells[middle], code(f"import time; time.sleep({WAIT_S})")]


def test_runs_again_after_it_was_cut_off(
    course: Course, executed: Executed, runs_a_build: Callable[[Any], bool], lesson_name: str
) -> None:
    executed(lesson_name)
    before = files(course)
    half = course.read(lesson_name)
    half.cells = first_half(half, runs_a_build)
    with pytest.raises(NotebookError):
        course.execute(half)
    for cell in half.cells:
        failures = [o for o in cell.get("outputs", ()) if o.output_type == "error"]
        assert failures == [], f"{cell.source}\n{failures}"
    assert half.cells[-1].outputs == [], "the kernel should have died before"
    wait_until_over(course)
    # All its checks hold on a sandbox that has seen everything before.
    course.execute(course.read(lesson_name))
    wait_until_over(course)
    assert course.builders() == ["default*"]
    assert course.containers() == ""
    assert files(course) == before, "a lesson changes its copy in work/ only"


@pytest.fixture
def short(course: Course) -> Any:
    return course.read(SHORT)


def test_the_sandbox_is_down_in_the_middle(
    course: Course, short: Any, runs_a_build: Callable[[Any], bool]
) -> None:
    """The next build starts it again, and what was built is still there."""
    builds = [number for number, cell in enumerate(short.cells) if runs_a_build(cell)]
    short.cells.insert(builds[1], code("!sandbox down"))
    short.cells[builds[1] + 1 : builds[1] + 1] = [
        code(ASK_FOR_AN_IMAGE),
        code("!docker images"),
    ]
    course.execute(short)
    said = ["".join(o.get("text", "") for o in cell.get("outputs", ())) for cell in short.cells]
    assert "`sandbox up` starts it" in said[builds[1] + 1]
    assert "docker.sock" in said[builds[1] + 2]
    assert course.sandbox.state


@pytest.fixture
def online(sandbox: Sandbox) -> Iterator[None]:
    sandbox.up(online=True)
    yield
    sandbox.up(online=False)


@pytest.mark.usefixtures("online")
def test_the_sandbox_is_online(course: Course, short: Any) -> None:
    course.execute(short)
    assert course.sandbox.state.online
