from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.build.request import read_request
from sandbox.process import Completed
from sandbox.services import builders

GONE = 1 << 22
"""No process has this id: it is above the largest."""


class Recorded:
    """A docker client that keeps what it was asked, and answers from a list."""

    def __init__(self, **answers: str) -> None:
        self.asked: list[str] = []
        self._answers = answers

    def __call__(self, *args: str, check: bool = True, cwd: Path | None = None) -> Completed:
        self.asked.append(" ".join(args))
        return Completed(args, 0, self._answers.get(args[0], ""), "", 0.0)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "buildx" / "instances").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "with_none", "with_one"),
    [
        ("docker buildx create --use", True, True),
        ("docker buildx inspect --bootstrap", True, True),
        ("docker buildx inspect", False, False),
        ("docker buildx ls", False, False),
        ("docker buildx build .", False, True),
        ("docker build .", False, True),
        ("docker buildx bake", False, True),
        ("docker buildx f", False, True),
        ("docker run lab/busybox", False, False),
    ],
)
def test_what_may_start_a_builder(config: Path, line: str, with_none: bool, with_one: bool) -> None:
    argv = line.split()
    is_build = read_request(argv, config) is not None
    assert builders.may_start(argv, config, is_build=is_build) is with_none
    (config / "buildx" / "instances" / "mine").touch()
    assert builders.may_start(argv, config, is_build=is_build) is with_one


def test_before_buildx_ever_ran_there_is_no_builder(tmp_path: Path) -> None:
    assert not builders.may_start(["docker", "build", "."], tmp_path, is_build=True)


def test_the_own_one_is_chosen_again_if_another_was(config: Path) -> None:
    docker = Recorded()
    builders.use_own(docker, config)
    assert docker.asked == []
    (config / "buildx" / "current").touch()
    builders.use_own(docker, config)
    assert docker.asked == ["buildx use default"]


def test_leftovers_of_processes_that_are_gone_are_removed_and_no_others(config: Path) -> None:
    here, gone, gone_too = (
        f"empty-{os.getpid()}-00000001",
        f"empty-{GONE}-00000002",
        (f"empty-{GONE}-00000003"),
    )
    (config / "buildx" / "instances" / gone_too).touch()
    (config / "buildx" / "instances" / "empty-of-the-learner").touch()
    docker = Recorded(
        volume=f"buildx_buildkit_{here}0_state\nbuildx_buildkit_{gone}0_state\n",
        ps=f"buildx_buildkit_{gone}0\n",
    )
    builders.clear_leftovers(docker, config)
    removed = [line for line in docker.asked if " rm " in f" {line} "]
    assert sorted(removed) == sorted(
        line
        for name in (gone, gone_too)
        for line in (
            f"buildx rm --force {name}",
            f"rm --force --volumes buildx_buildkit_{name}0",
            f"volume rm --force buildx_buildkit_{name}0_state",
        )
    )
