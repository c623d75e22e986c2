"""Which commands are watched, and which print."""

from __future__ import annotations

import pytest

from sandbox.notebook.session import is_watched
from sandbox.notebook.typed import read_typed


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
    assert is_watched(read_typed(text, {}, {}))


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
    ],
)
def test_prints(text: str) -> None:
    assert not is_watched(read_typed(text, {}, {}))
