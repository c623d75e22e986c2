"""Recorded builds, as the values that everything above the parsers takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.model.build import Build
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.flags import NamedContext
from sandbox.parse.rawjson import error_report, read_trace

TRACES = Path(__file__).parents[2] / "data" / "traces"
DOCKERFILES = {"cached": "parallel", "lost-cache": "warnings", "lost-export": "warnings"}
CONTEXTS = {
    "images": (
        NamedContext("tool", "docker-image://lab/git"),
        NamedContext("lab/nothing", "docker-image://lab/busybox"),
    )
}


@pytest.fixture
def recorded() -> Callable[[str], Build]:
    def read(name: str) -> Build:
        dockerfile = TRACES / f"{DOCKERFILES.get(name, name)}.Dockerfile"
        graph = read_dockerfile(dockerfile.read_bytes(), contexts=CONTEXTS.get(name, ()))
        trace = read_trace((TRACES / f"{name}.jsonl").read_text().splitlines(), graph)
        message = error_report(trace)
        return Build(
            command=("docker", "buildx", "build", "."),
            exit_code=1 if message else 0,
            trace=trace,
            graph=graph,
            target=None,
            image_digest=None,
            log=trace.log,
            message=message,
            started=datetime(2026, 1, 1, tzinfo=UTC),
            duration_s=trace.real_s,
        )

    return read
