"""A grading that is cut off, doubled, or loses its engine: nothing lost, nothing left, no blame."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

EXERCISES = Path(__file__).parents[2] / "exercises"
SLUG = "01-parallel-stages"
ON_THE_SANDBOX = ("--isolation", "never")
"""Grades a folder as the learner's own work is graded, on an engine that a test can reach.

What becomes of clones is shown in test_clone_dies.py.
"""


@pytest.fixture
def class_of_one(running: Lab, tmp_path: Path) -> Lab:
    """A running sandbox, and a folder for what a learner writes."""
    return running.but(BUILDKIT_LAB_WORK=tmp_path / "work")


def containers_and_images(lab: Lab) -> list[str]:
    """What a grading might leave behind in the engine."""
    found = lab.sandbox.docker("ps", "--all", "--quiet").stdout.split()
    return found + lab.sandbox.docker("images", "--quiet").stdout.split()


def endless(folder: Path, marker: str) -> Path:
    """A submission whose second stage never ends."""
    shutil.copytree(EXERCISES / SLUG / "context", folder)
    (folder / "Dockerfile").write_text(f"FROM lab/busybox\nRUN {marker}\n")
    return folder


def test_ctrl_c_in_a_grading(class_of_one: Lab, tmp_path: Path) -> None:
    submission = endless(tmp_path / "mine", "sleep 7301")
    before = containers_and_images(class_of_one)
    grading = class_of_one.start("grade", SLUG, str(submission), *ON_THE_SANDBOX, program="checker")
    class_of_one.wait_until(lambda: class_of_one.inside("sleep 7301"), "a build of the grading")
    class_of_one.ctrl_c(grading)
    class_of_one.wait_until(lambda: not class_of_one.inside("sleep 7301"), "the build ends")
    assert containers_and_images(class_of_one) == before
    assert (submission / "Dockerfile").read_text().endswith("sleep 7301\n")
    done = class_of_one.run("grade", SLUG, str(EXERCISES / SLUG / "solution"), program="checker")
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_gradings_at_once(class_of_one: Lab) -> None:
    """Of one exercise in one sandbox; the second starts it while the first does."""
    class_of_one.sandbox.down()
    solution = str(EXERCISES / SLUG / "solution")
    starter = str(EXERCISES / SLUG)
    both = [
        class_of_one.start("grade", SLUG, what, "--json", *ON_THE_SANDBOX, program="checker")
        for what in (solution, starter)
    ]
    ends = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 1], ends
    assert [json.loads(out)["verdict"] for out, _ in ends] == ["passed", "failed"]
    assert len(class_of_one.engines()) == 1
    assert containers_and_images(class_of_one) == []


def test_the_engine_dies_once_and_the_grading_goes_on(class_of_one: Lab, tmp_path: Path) -> None:
    """Its death is nobody's fault, so it is met by one more try."""
    solution = tmp_path / "mine"
    shutil.copytree(EXERCISES / SLUG / "context", solution)
    text = (EXERCISES / SLUG / "solution" / "Dockerfile").read_text()
    (solution / "Dockerfile").write_text(text)
    grading = class_of_one.start(
        "grade", SLUG, str(solution), "--json", *ON_THE_SANDBOX, program="checker"
    )
    class_of_one.wait_until(lambda: class_of_one.inside("prepare-data.sh"), "a build")
    class_of_one.engine.kill()
    out, err = grading.communicate(timeout=240)
    assert grading.returncode == 0, err
    assert json.loads(out)["verdict"] == "passed"


def test_no_engine_to_be_had_is_no_mark(bare: Lab, lab: Lab, tmp_path: Path) -> None:
    """The machine's fault scores nothing and is no attempt."""
    broken = bare.but(PATH="/nowhere", BUILDKIT_LAB_WORK=tmp_path / "work", cache=lab.cache)
    solution = str(EXERCISES / SLUG / "solution")
    done = broken.run("grade", SLUG, solution, "--json", program="checker")
    assert done.returncode == 3, done.stderr
    grade = json.loads(done.stdout)
    assert (grade["verdict"], grade["points"]) == ("infrastructure", 0)
    assert "rootlesskit" in done.stdout or "mmdebstrap" in done.stdout


@pytest.mark.parametrize("kind", ["missing", "empty", "binary", "large", "syntax", "no such base"])
def test_what_a_learner_may_hand_in(class_of_one: Lab, tmp_path: Path, kind: str) -> None:
    submission = tmp_path / "mine"
    shutil.copytree(EXERCISES / SLUG / "context", submission)
    contents = {
        "empty": b"",
        "binary": bytes(range(256)) * 64,
        "large": b"FROM lab/busybox\n" + b"# as large as a photograph\n" * 400_000,
        "syntax": b"FROM lab/busybox\nRUM echo\n",
        "no such base": b"FROM lab/nothing-of-that-name\n",
    }
    if kind in contents:
        (submission / "Dockerfile").write_bytes(contents[kind])
    done = class_of_one.run("grade", SLUG, str(submission), "--json", program="checker")
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    grade = json.loads(done.stdout)
    assert grade["verdict"] in ("build_error", "invalid_submission", "failed")
    assert grade["points"] < grade["max_points"]
    assert any(check["message"] for check in grade["checks"])
