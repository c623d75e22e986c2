"""A grader or a clone is killed: the next grade is right, and nothing of the killed one is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checker import exercises_folder
from sandbox.engine import rootfs
from sandbox.engine.state import load

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

pytestmark = pytest.mark.timeout(600)
MOMENTS = tuple(tenth / 10 for tenth in range(10))
"""When something is killed, as a part of the time that a grading takes."""
GOLDEN_MOMENTS = ("making a sandbox", "getting lab/go", "getting lab/sbom-scanner")
"""Progress of a grader that makes the golden sandbox: it begins, is at work, unpacks the images."""


@pytest.fixture(scope="module")
def arguments() -> tuple[str, ...]:
    (folder,) = exercises_folder({}).glob("18-*")  # its solution is the quickest to grade
    return ("grade", "18", str(folder / "solution"), "--json")


def is_right(lab: Lab, arguments: tuple[str, ...]) -> None:
    done = lab.run(*arguments, program="checker")
    assert json.loads(done.stdout)["verdict"] == "passed", done.stdout + done.stderr
    assert [path.name for path in lab.paths.clones.iterdir()] == ["in-use"]
    assert list((lab.paths.clones / "in-use").iterdir()) == []
    assert not [one for one in lab.processes() if str(lab.paths.clones) in " ".join(one.cmdline())]


def clones(lab: Lab) -> Iterator[Path]:
    return (path for path in lab.paths.clones.glob("*") if path.name != "in-use")


def test_after_a_killed_grader_the_next_grade_is_right(
    running: Lab, arguments: tuple[str, ...]
) -> None:
    began = time.monotonic()
    is_right(running, arguments)
    took_s = time.monotonic() - began

    for moment in MOMENTS:
        grader = running.start(*arguments, program="checker")
        time.sleep(moment * took_s)
        os.killpg(grader.pid, signal.SIGKILL)
        grader.communicate()

    is_right(running, arguments)
    assert running.sandbox.is_up


def test_a_grading_whose_clone_is_killed_is_made_again_in_another(
    running: Lab, arguments: tuple[str, ...]
) -> None:
    is_right(running, arguments)
    for moment in MOMENTS[::3]:
        grader = running.start(*arguments, program="checker")
        running.wait_until(
            lambda: any(load(home / "engine.json") for home in clones(running)), "a clone starts"
        )
        (home,) = clones(running)
        state = load(home / "engine.json")
        assert state is not None
        time.sleep(5 * moment)
        with contextlib.suppress(ProcessLookupError):  # it was done sooner
            os.kill(state.pid, signal.SIGKILL)
        out, err = grader.communicate()
        assert json.loads(out)["verdict"] == "passed", out + err
    is_right(running, arguments)


@pytest.fixture
def without_golden(bare: Lab, cache: Path) -> Iterator[Lab]:
    """A sandbox with everything in its cache but a golden sandbox."""
    bare.cache.mkdir()
    for part in bare.paths.shared:
        if part != bare.paths.golden:
            (bare.cache / part.name).symlink_to(cache / part.name)
    yield bare
    rootfs.remove(bare.paths.golden)


def was_killed_halfway(lab: Lab, arguments: tuple[str, ...], progress: str) -> bool:
    """Kill a grader once it prints ``progress``; leaves no golden sandbox that is whole."""
    grader = lab.start(*arguments, program="checker")
    assert grader.stderr is not None
    assert any(progress in line for line in grader.stderr)
    os.killpg(grader.pid, signal.SIGKILL)
    grader.communicate()
    whole = [path for path in lab.paths.golden.iterdir() if not path.suffix]
    rootfs.remove(*whole)
    return not whole


def test_a_golden_sandbox_that_was_half_made_is_made_anew(
    without_golden: Lab, arguments: tuple[str, ...]
) -> None:
    lab = without_golden
    for progress in GOLDEN_MOMENTS:
        # On a busy machine the grader may be done before this process reads its line.
        assert any(was_killed_halfway(lab, arguments, progress) for _ in range(3))

    is_right(lab, arguments)
    assert {path.suffix for path in lab.paths.golden.iterdir()} == {".lock", ""}
    golden = str(lab.paths.golden)
    assert not [one for one in lab.processes() if golden in " ".join(one.cmdline())]
