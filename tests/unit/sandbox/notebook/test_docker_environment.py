"""The kernel's environment leads to the sandbox, and back again."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.notebook.docker_environment import DockerEnvironment

BEFORE = {"PATH": "/usr/bin:/bin", "DOCKER_HOST": "tcp://mine", "BUILDX_BUILDER": "mine", "X": "1"}


@pytest.fixture
def lab(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "home", tmp_path / "cache")


def test_leads_to_the_sandbox_and_back(lab: Sandbox) -> None:
    environ = dict(BEFORE)
    environment = DockerEnvironment(environ)
    environment.enter(lab, 5001)
    assert environ["DOCKER_HOST"] == f"unix://{lab.paths.socket}"
    assert environ["DOCKER_CONFIG"] == str(lab.paths.docker_config)
    assert environ["REGISTRY"] == "localhost:5001"
    assert "BUILDX_BUILDER" not in environ
    folders = environ["PATH"].split(os.pathsep)
    assert folders == [str(lab.paths.bin), sysconfig.get_path("scripts"), "/usr/bin", "/bin"]
    environment.leave()
    assert environ == BEFORE


def test_may_enter_again(lab: Sandbox) -> None:
    environ = dict(BEFORE)
    environment = DockerEnvironment(environ)
    environment.enter(lab, 5001)
    environ["BUILDX_BUILDER"] = "chosen in the notebook"
    environment.enter(lab, 5002)
    assert environ["REGISTRY"] == "localhost:5002"
    assert environ["BUILDX_BUILDER"] == "chosen in the notebook"
    assert environ["PATH"].split(os.pathsep).count(str(lab.paths.bin)) == 1
    environment.leave()
    assert environ == BEFORE
