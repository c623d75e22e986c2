"""A grading leaves nothing behind, and removes what killed gradings have left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise, Verdict
from checker.grading.grade import grade
from checker.grading.submission import Submission
from checker.workbench.grading_run import GradingRun
from sandbox import Build, CommandError

SUBMISSION = Submission({"Dockerfile": b"FROM lab/busybox\n"})


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    return make_exercise()


def test_an_interrupt_leaves_nothing(exercise: Exercise, make: Any) -> None:
    def interrupted(ask: Any) -> Build:
        raise KeyboardInterrupt

    builder = make.builder(interrupted)
    with pytest.raises(KeyboardInterrupt):
        grade(exercise, SUBMISSION, builder)

    assert not builder.asks[0].folder.exists()
    removed = ("image", "rm", "--force", builder.asks[0].option("--tag"))
    assert builder.commands[-1] == removed


def test_what_killed_gradings_left_is_taken_away_and_nothing_else(
    exercise: Exercise, make: Any, temporary: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = temporary / f"checker-{ended.pid}-00ff-abc"
    others = [
        temporary / f"checker-{os.getpid()}-00ff-abc",  # of a grading that goes on
        temporary / "checker-notes",
        temporary / f"checker-{ended.pid}-00ff",
    ]
    for folder in (left, *others):
        (folder / "context").mkdir(parents=True)
    linked = temporary / f"checker-{ended.pid}-00fe-abc"
    linked.symlink_to(others[1])
    builder = make.builder(lambda ask: make.build())
    image = f"checker-{ended.pid}-00ff:0"
    homeless = f"checker-{ended.pid}-00fd:0"  # its folder was in another $TMPDIR
    deep = f"localhost:5000/checker-{ended.pid}-00ff/team/app:1.0"
    strange = [f"checker-{os.getpid()}-00ff:0", "localhost:5000/checker/app:1.0", "mine:latest"]
    builder.printed = replace(builder.printed, stdout="\n".join([image, homeless, deep, *strange]))

    assert grade(exercise, SUBMISSION, builder).passed

    assert not left.exists()
    assert all((folder / "context").is_dir() for folder in (*others, linked))
    assert builder.commands[0][:2] == ("image", "ls")
    users = (f"--filter=ancestor={name}" for name in (image, deep))
    assert ("ps", "--all", "--quiet", *users) in builder.commands
    removed = [command[3:] for command in builder.commands if command[:2] == ("image", "rm")]
    assert {(image, deep), (homeless,)} <= set(removed)
    assert not set(strange) & {name for names in removed for name in names}
    pruned = [command[-1] for command in builder.commands if command[:2] == ("buildx", "prune")]
    assert f"--filter=description~=checker-{ended.pid}-00ff" in pruned


def test_what_killed_gradings_pushed_is_forgotten_and_nothing_else(
    exercise: Exercise, make: Any
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    builder = make.builder(lambda ask: make.build())
    builder.pushed.names = [
        "lab",
        "checker-notes",
        f"checker-{ended.pid}",
        f"checker-{os.getpid()}-00ff",  # of a grading that goes on
        f"checker-{ended.pid}-00ff",
    ]

    grade(exercise, SUBMISSION, builder, GradingRun("00fe"))

    own = f"checker-{os.getpid()}-00fe"
    assert builder.pushed.forgotten == [f"checker-{ended.pid}-00ff", own]


def test_images_that_stay_keep_the_folder_that_leads_to_them(
    exercise: Exercise, make: Any, temporary: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = temporary / f"checker-{ended.pid}-00ff-abc"
    left.mkdir()
    builder = make.builder(lambda ask: make.build())
    builder.printed = CommandError("No.", next_step="wait")

    assert grade(exercise, SUBMISSION, builder).passed
    assert left.is_dir()


def test_a_fault_of_the_checker_is_a_grade_too_and_nothing_stays(
    exercise: Exercise, make: Any, temporary: Path
) -> None:
    def broken(ask: Any) -> Build:
        raise KeyError("a fault of ours")

    result = grade(exercise, SUBMISSION, make.builder(broken))

    assert result.verdict is Verdict.INFRASTRUCTURE
    assert result.points == 0
    assert "KeyError: 'a fault of ours'" in result.checks[0].message
    assert list(temporary.iterdir()) == []
