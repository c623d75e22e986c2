"""Lessons as learners run them: cut off, begun again, cells twice, the sandbox down or online.

Every lesson is run once more after its first pass (``test_lessons``), in the same sandbox: so all
its checks hold on a sandbox that has seen everything before, and after a run that was cut off.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nbformat.v4 import new_code_cell

from sandbox import Sandbox
from sandbox.notebook.execute import NotebookError
from tests.plugins.course import NAMES, Course, Executed

pytestmark = pytest.mark.timeout(900)
SHORT = "00-start"
"""A lesson whose builds need base images alone."""
TWICE = 3
"""So many of a lesson's first builds are run a second time; all of them would take minutes."""
SLOW_S = 1.0
"""A build that took longer is still running when it is cut off."""
CUT_OFF = """\
import contextlib, os, signal, threading, time, psutil

def is_build(process):
    with contextlib.suppress(psutil.Error):
        return "build" in process.cmdline()

def cut_off():
    while not any(map(is_build, psutil.Process().children(recursive=True))):
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=cut_off).start()
"""
"""Ends the kernel once a build of the next cell has begun."""
UNREACHED = "import time; time.sleep(60)"
ASK_FOR_AN_IMAGE = """\
from sandbox import NotRunning, Sandbox
try:
    Sandbox().image("postcard")
except NotRunning as error:
    print(error.report())
"""
WAIT_S = 30


def code(source: str) -> Any:
    return new_code_cell(source)  # type: ignore[no-untyped-call]


def from_cache(cell: Any) -> Any:
    """The cell, its build allowed to find in the cache what the first pass has built.

    The lesson's other runs prove that the build works; here only what it leaves behind counts.
    """
    return code(cell.source.replace("--no-cache ", "")) if cell.cell_type == "code" else cell


def at_work(cell: Any) -> Any:
    """The cell, its build without the cache, so that it is not over before it is cut off."""
    source = cell.source.replace("--no-cache ", "")
    return code(re.sub(r"(?m)(docker (?:buildx )?build) ", r"\1 --no-cache ", source, count=1))


def beginning(lesson: Any, executed: Executed, runs_a_build: Callable[[Any], bool]) -> list[Any]:
    """Its cells up to a build after the first ones, which run twice; that build is cut off.

    Without the hidden checks: they hold for a lesson whose cells are run once.

    Args:
        executed: The lesson's first pass. A build that failed there, or was quick, may be over
            before it is cut off.
    """
    first_pass, runs = executed
    cells = [cell for cell in lesson.cells if "check" not in cell.metadata.get("tags", ())]
    succeeded = {cell.id for cell in first_pass.cells if "FINISHED" in str(cell.get("outputs"))}
    took_s = {run.cell_id: run.duration_s for run in runs if run.cell_id in succeeded}
    builds = [number for number, cell in enumerate(cells) if runs_a_build(cell)]
    slow = [n for n in builds if took_s.get(cells[n].id, 0.0) > SLOW_S]
    cut = next((n for n in slow if n not in builds[:TWICE]), slow[-1])
    begun: list[Any] = []
    for number, cell in enumerate(cells[:cut]):
        begun += [from_cache(cell) for _ in range(2 if number in builds[:TWICE] else 1)]
    return [*begun, code(CUT_OFF), at_work(cells[cut]), code(UNREACHED)]


def wait_until_over(course: Course) -> None:
    end = time.monotonic() + WAIT_S
    while left := course.still_running():
        assert time.monotonic() < end, left
        time.sleep(0.1)


def assert_tidy(course: Course) -> None:
    wait_until_over(course)
    assert course.builders() == ["default*"]
    assert course.containers() == ""
    assert course.changed() == [], "a lesson changes its copy in work/ only"


@pytest.fixture
def cut_off(
    course: Course, executed: Callable[[str], Executed], runs_a_build: Callable[[Any], bool]
) -> Callable[[str], None]:
    """Takes a lesson's name: begins it, and ends the kernel in the middle of a build."""

    def run(name: str) -> None:
        begun = course.read(name)
        begun.cells = beginning(begun, executed(name), runs_a_build)
        with pytest.raises(NotebookError):
            course.execute(begun)
        for cell in begun.cells:
            failures = [o for o in cell.get("outputs", ()) if o.output_type == "error"]
            assert failures == [], f"{cell.source}\n{failures}"
        cut, unreached = begun.cells[-2:]
        assert cut.execution_count is not None
        assert unreached.execution_count is None, "the kernel should have died before"
        wait_until_over(course)

    return run


@pytest.mark.parametrize("lesson_name", [name for name in NAMES if name != SHORT])
def test_runs_again_after_it_was_cut_off(
    course: Course, cut_off: Callable[[str], None], lesson_name: str
) -> None:
    cut_off(lesson_name)
    course.execute(course.read(lesson_name))
    assert_tidy(course)


@pytest.fixture
def online(sandbox: Sandbox) -> Iterator[None]:
    sandbox.up(online=True)
    yield
    sandbox.up(online=False)


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("lesson_name", [SHORT])
def test_runs_again_after_it_was_cut_off_online_and_down_in_the_middle(
    course: Course,
    cut_off: Callable[[str], None],
    runs_a_build: Callable[[Any], bool],
    lesson_name: str,
) -> None:
    """The build after `sandbox down` starts it again, and what was built is still there."""
    cut_off(lesson_name)
    assert course.sandbox.state.online
    lesson = course.read(lesson_name)
    _, second, *_ = (number for number, cell in enumerate(lesson.cells) if runs_a_build(cell))
    down = [code(source) for source in ("!sandbox down", ASK_FOR_AN_IMAGE, "!docker images")]
    up = code("!sandbox up --online")
    lesson.cells[second : second + 1] = [*down, lesson.cells[second], up]
    course.execute(lesson)
    _, image, images = ("".join(o.get("text", "") for o in cell.outputs) for cell in down)
    assert "`sandbox up` starts it" in image
    assert "docker.sock" in images
    assert course.sandbox.state.online
    assert_tidy(course)
