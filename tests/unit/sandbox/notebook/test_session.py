"""Which commands are watched, and which print."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.build.request import read_request
from sandbox.notebook.session import is_question, is_watched
from sandbox.notebook.typed import read_typed


def watched(text: str) -> bool:
    typed = read_typed(text, {}, {})
    request = read_request(typed.argv, Path.cwd())
    return request is not None and is_watched(request, typed.variables)


@pytest.mark.parametrize(
    "text",
    [
        "buildx build .",
        "build --target test -f other.Dockerfile .",
        "DOCKER_BUILDKIT=1 docker build .",
        "TOKEN=x buildx build --secret id=token,env=TOKEN .",
        "buildx build --build-arg A=--help .",
    ],
)
def test_watched(text: str) -> None:
    assert watched(text)


@pytest.mark.parametrize(
    "text",
    [
        "images",
        "buildx ls",
        "run --rm lab/busybox build .",
        "DOCKER_BUILDKIT=0 docker build .",
        "BUILDX_BUILDER=other docker buildx build .",
        "buildx build --call=check .",
        "buildx build --check .",
        "buildx build --progress=plain .",
        "buildx build --progress plain .",
        "buildx build -q .",
        "buildx build --quiet .",
        "buildx build --help",
        "buildx bake",
    ],
)
def test_prints(text: str) -> None:
    assert not watched(text)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("buildx build .", False),
        ("buildx build --check .", True),
        ("buildx build --call=targets .", True),
        ("buildx bake --print", False),
    ],
)
def test_a_question_about_a_build(text: str, question: bool) -> None:
    request = read_request(read_typed(text, {}, {}).argv, Path.cwd())
    assert request is not None
    assert is_question(request) is question
