"""Which images a bake asks for; what buildx prints about its targets is played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.build.bake import ask_images
from sandbox.build.request import read_request
from sandbox.parse.flags import SCANNER
from sandbox.process import Completed

ENV = {"BASE": "lab/go"}


class Buildx:
    """Prints these targets, or whatever it is told to."""

    def __init__(self, targets: dict[str, Any], text: str | None = None) -> None:
        self.said = json.dumps({"group": {}, "target": targets}) if text is None else text
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *args: str, check: bool = True, **how: Any) -> Completed:
        assert not check
        assert how["env"] is ENV
        self.asked.append(args)
        return Completed(args, 0, self.said, "", 0.1)


def images(tmp_path: Path, target: dict[str, Any]) -> frozenset[str]:
    return asked(Buildx({"one": target}), "docker buildx bake", tmp_path)


def asked(buildx: Buildx, line: str, cwd: Path) -> frozenset[str]:
    request = read_request(line.split(), cwd)
    assert request is not None
    return ask_images(buildx, request, ENV)


def test_every_target_is_read(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "dev.Dockerfile").write_text("ARG BASE\nFROM lab/$BASE\nFROM lab/busybox")
    (tmp_path / "Dockerfile").write_text("# syntax=docker/dockerfile:1.7\nFROM lab/go")
    targets = {
        "one": {"context": "app", "dockerfile": "dev.Dockerfile", "args": {"BASE": "node"}},
        "two": {"context": ".", "dockerfile": "Dockerfile", "args": {"NOTHING": None}},
    }
    buildx = Buildx(targets)
    found = asked(buildx, "docker --debug buildx bake --push -- one two", tmp_path)
    assert found == {"lab/node", "lab/busybox", "lab/go", "docker/dockerfile:1.7"}
    words = ("--debug", "buildx", "bake", "--print", "--push", "--", "one", "two")
    assert buildx.asked == [words]


def test_a_dockerfile_within_the_bake_file(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM lab/go")
    inline = {"context": ".", "dockerfile": "Dockerfile", "dockerfile-inline": "FROM lab/python"}
    assert images(tmp_path, inline) == {"lab/python"}
    assert images(tmp_path, {**inline, "dockerfile-inline": "FROM lab/git\nRUM x"}) >= {"lab/git"}


def test_an_image_as_a_context(tmp_path: Path) -> None:
    contexts = {"base": "docker-image://lab/debian", "other": "target:two", "files": "../files"}
    assert images(tmp_path, {"contexts": contexts}) == {"lab/debian"}


@pytest.mark.parametrize(
    ("attest", "found"),
    [
        ([{"type": "provenance", "mode": "max"}], set()),
        ([{"type": "sbom"}], {SCANNER}),
        ([{"type": "sbom", "disabled": "true"}], set()),
        ([{"type": "sbom", "generator": "lab/sbom-scanner"}], {"lab/sbom-scanner"}),
    ],
)
def test_the_scanner(tmp_path: Path, attest: list[dict[str, str]], found: set[str]) -> None:
    assert images(tmp_path, {"attest": attest}) == found


@pytest.mark.parametrize(
    "said", ["", "Usage: docker buildx bake", "[]", "{}", '{"target": {"one": 1}}']
)
def test_what_buildx_cannot_read_is_left_to_it(tmp_path: Path, said: str) -> None:
    buildx = Buildx({}, said)
    assert asked(buildx, "docker buildx bake", tmp_path) == frozenset()


@pytest.mark.parametrize("line", ["docker buildx build .", "docker build ."])
def test_other_commands_are_not_asked_about(tmp_path: Path, line: str) -> None:
    buildx = Buildx({})
    assert asked(buildx, line, tmp_path) == frozenset()
    assert buildx.asked == []


def test_a_context_elsewhere_has_no_file_here(tmp_path: Path) -> None:
    assert images(tmp_path, {"context": "https://lab.example/x.git"}) == frozenset()
    assert images(tmp_path, {"context": "-"}) == frozenset()
