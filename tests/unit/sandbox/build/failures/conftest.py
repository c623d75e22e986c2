"""Builds that failed on an engine, from ``tests/data/failures.json``."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.build import Build
from sandbox.model.trace import Trace
from sandbox.model.vertex import Vertex, VertexKind
from sandbox.parse.local_dockerfile import read_dockerfile_text

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[4] / "data" / "failures.json").read_text()
)


@pytest.fixture
def recorded_failures() -> frozenset[str]:
    """The names of all of them."""
    return frozenset(RECORDED)


@pytest.fixture
def failed(tmp_path: Path) -> Callable[[str], Build]:
    """Returns a recorded build, and writes its files into ``tmp_path``, its folder."""

    def read(name: str) -> Build:
        recorded = RECORDED[name]
        dockerfile = recorded["dockerfile"]
        files = {**recorded["files"], **({"Dockerfile": dockerfile} if dockerfile else {})}
        for file, text in files.items():
            (tmp_path / file).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / file).write_text(text)
        return Build(
            command=tuple(recorded["command"]),
            exit_code=1,
            trace=Trace(tuple(map(_vertex, recorded["failed"])), plain=tuple(recorded["plain"])),
            graph=read_dockerfile_text(dockerfile, {}).stages if dockerfile else None,
            target=None,
            image_digest=None,
            log="",
            message=recorded["message"],
            started=datetime(2026, 1, 1, tzinfo=UTC),
            duration_s=1.0,
        )

    return read


def _vertex(recorded: dict[str, str]) -> Vertex:
    return Vertex(
        digest="",
        name=recorded["name"],
        inputs=(),
        kind=VertexKind.RUN,
        stage=None,
        platform=None,
        build_platform=None,
        instruction=recorded["instruction"],
        intervals=(),
        cached=False,
        completed=True,
        error=recorded["error"],
        log=recorded["log"],
    )
