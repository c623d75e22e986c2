"""The images that a command is going to pull."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.build.request import read_request
from sandbox.process import Completed
from sandbox.services import builders
from sandbox.services.needed_images import needed_images

TARGET = {"target": {"one": {"dockerfile-inline": "FROM lab/python"}}}


def docker(*args: str, check: bool = True, cwd: Path | None = None) -> Completed:
    assert args[:2] == ("buildx", "bake")
    return Completed(args, 0, json.dumps(TARGET), "", 0.1)


@pytest.mark.parametrize(
    ("line", "image"),
    [
        ("docker run --rm lab/busybox true", "lab/busybox"),
        ("docker buildx build .", "lab/go"),
        ("docker buildx build --sbom=generator=lab/scan .", "lab/scan"),
        ("docker build git@git.lab:team/recipes.git", "lab/busybox:latest"),
        ("docker buildx bake", "lab/python"),
        ("docker buildx create --use", builders.IMAGE),
    ],
)
def test_each_kind_of_command_has_its_images(tmp_path: Path, line: str, image: str) -> None:
    (tmp_path / "Dockerfile").write_text("FROM lab/go\n")
    argv = line.split()
    found = needed_images(argv, read_request(argv, tmp_path), docker, tmp_path / "config")
    assert image in {*found, *(f"{name}:latest" for name in found)}


def test_other_commands_need_none(tmp_path: Path) -> None:
    argv = ["docker", "images"]
    assert needed_images(argv, None, docker, tmp_path / "config") == frozenset()
