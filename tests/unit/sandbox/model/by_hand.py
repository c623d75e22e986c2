"""Vertices and builds small enough to work out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.model.build import Build
from sandbox.model.trace import Trace
from sandbox.model.vertex import Interval, Vertex, VertexKind
from sandbox.parse.dockerfile import read_dockerfile

START = datetime(2026, 1, 1, tzinfo=UTC)


def span(start_s: float, end_s: float) -> Interval:
    return Interval(START + timedelta(seconds=start_s), START + timedelta(seconds=end_s))


def vertex(
    digest: str,
    *intervals: Interval,
    inputs: tuple[str, ...] = (),
    stage: str | None = "a",
    kind: VertexKind = VertexKind.RUN,
    cached: bool = False,
    completed: bool = True,
    error: str | None = None,
) -> Vertex:
    return Vertex(
        digest=digest,
        name=digest,
        inputs=inputs,
        kind=kind,
        stage=stage,
        platform=None,
        build_platform=None,
        instruction=digest,
        intervals=intervals,
        cached=cached,
        completed=completed,
        error=error,
    )


def build(
    *vertexes: Vertex, dockerfile: str | None = None, target: str | None = None, exit_code: int = 0
) -> Build:
    return Build(
        command=("docker",),
        exit_code=exit_code,
        trace=Trace(vertexes),
        graph=read_dockerfile(dockerfile) if dockerfile is not None else None,
        target=target,
        image_digest=None,
        log="",
        message="",
        started=START,
        duration_s=0,
    )
