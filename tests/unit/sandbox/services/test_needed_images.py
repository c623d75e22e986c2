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


def docker(*args: str, **_: object) -> Completed:
    assert args[:2] == ("buildx", "bake")
    return Completed(args, 0, json.dumps(TARGET), "", 0.1)


def needed(line: str, cwd: Path, **env: str) -> frozenset[str]:
    argv = line.split()
    return needed_images(
        argv,
        read_request(argv, cwd, env),
        docker,
        cwd / "config",
        env=env,
        triggers=lambda image: ["COPY --from=lab/git /g /g"] if image == "base" else [],
    )


@pytest.mark.parametrize(
    ("line", "image"),
    [
        ("docker run --rm lab/busybox true", "lab/busybox"),
        ("docker buildx build .", "lab/go"),
        ("docker buildx build --sbom=generator=lab/scan .", "lab/scan"),
        ("docker build git@git.lab:team/recipes.git", "lab/busybox:latest"),
        ("docker buildx bake", "lab/python"),
        ("docker buildx create --use", builders.IMAGE),
        ("docker --debug buildx create --use", builders.IMAGE),
        ("docker -l error run lab/busybox true", "lab/busybox"),
        ("docker buildx build -f onbuild.Dockerfile .", "lab/git"),
    ],
)
def test_each_kind_of_command_has_its_images(tmp_path: Path, line: str, image: str) -> None:
    (tmp_path / "Dockerfile").write_text("FROM lab/go\n")
    (tmp_path / "onbuild.Dockerfile").write_text("FROM base\n")
    found = needed(line, tmp_path)
    assert image in {*found, *(f"{name}:latest" for name in found)}


def test_other_commands_need_none(tmp_path: Path) -> None:
    assert needed("docker images", tmp_path) == frozenset()
