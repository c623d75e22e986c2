"""Packages that load what they hand on when it is reached."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

FACES = ("", ".course", ".grading", ".learner", ".report", ".watch")


@pytest.mark.parametrize("name", [f"checker{face}" for face in FACES])
def test_every_name_that_a_package_promises_is_there(name: str) -> None:
    package = import_module(name)

    assert package.__all__
    for promised in package.__all__:
        assert getattr(package, promised) is not None


def test_a_name_that_is_not_there_is_said_to_be() -> None:
    with pytest.raises(AttributeError, match="no attribute 'attempt'"):
        import_module("checker.learner").attempt  # noqa: B018


def test_hints_and_standings_need_neither_an_engine_nor_pydantic() -> None:
    code = """
import sys
from checker import cli, course, learner
folder = course.exercises_folder()
learner.Attempts(learner.Workspace.of_course(folder)).next_hints(course.find_exercise("01", folder))
cli.run(["list", "--json"])
heavy = ("sandbox.sandbox", "sandbox.engine", "sandbox.process", "psutil", "pydantic")
print([name for name in sys.modules if name.startswith(heavy)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
