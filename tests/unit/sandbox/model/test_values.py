"""The arithmetic of intervals, paths and states, on values small enough to work out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.model.values import Build, Interval, State, Trace, Vertex, VertexKind, merge
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


def test_merge_joins_what_touches_and_sorts_the_rest() -> None:
    assert merge([span(5, 6), span(0, 2), span(1, 3), span(3, 4), span(0, 1)]) == (
        span(0, 4),
        span(5, 6),
    )
    assert merge([span(0, 9), span(1, 2)]) == (span(0, 9),)
    assert merge([]) == ()


def test_overlap_counts_each_second_once() -> None:
    trace = Trace(
        (
            vertex("1", span(0, 4)),
            vertex("2", span(2, 6)),  # with the first one: a is busy from 0 to 6
            vertex("3", span(3, 5), span(8, 9), stage="b"),
            vertex("4", span(1, 9), stage="b", kind=VertexKind.SOURCE),  # no work of the stage
        )
    )
    assert trace.busy_s("a") == 6
    assert trace.busy_s("b") == 3
    assert trace.overlap_s("a", "b") == 2
    assert trace.overlap_s("a", "nobody") == 0
    assert trace.real_s == 9
    assert trace.accumulated_s == 4 + 4 + 3 + 8


def test_critical_path_is_the_heaviest_chain_not_the_longest() -> None:
    trace = Trace(
        (
            vertex("end", span(9, 10), inputs=("light3", "heavy")),
            vertex("light3", span(2, 3), inputs=("light2",)),
            vertex("light2", span(1, 2), inputs=("light1",)),
            vertex("light1", span(0, 1)),
            vertex("heavy", span(0, 5), inputs=("unknown",)),
        )
    )
    assert [v.digest for v in trace.critical_path()] == ["heavy", "end"]
    assert Trace(()).critical_path() == ()


def test_critical_path_of_a_chain_deeper_than_any_stack() -> None:
    depth = 20_000
    chain = tuple(
        vertex(str(n), span(n, n + 1), inputs=(str(n - 1),)) for n in reversed(range(depth))
    )
    path = Trace(chain).critical_path()
    assert [v.digest for v in path] == [str(n) for n in range(depth)]


def test_critical_path_of_a_damaged_trace_ends() -> None:
    trace = Trace(
        (
            vertex("1", span(0, 1), inputs=("2",)),
            vertex("2", span(1, 3), inputs=("1",)),
            vertex("3", span(3, 4), inputs=("3",)),
        )
    )
    assert [v.digest for v in trace.critical_path()] == ["2", "1"]


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (vertex("x", span(0, 1)), State.RAN),
        (vertex("x", span(0, 0), cached=True), State.CACHED),
        (vertex("x", completed=False), State.SKIPPED),
        (vertex("x", span(0, 1), completed=False), State.CANCELLED),
        (vertex("x", span(0, 1), error="exit code: 1"), State.FAILED),
        (vertex("x", span(0, 1), error="exit code: 137: context canceled"), State.CANCELLED),
    ],
)
def test_state_of_a_vertex(given: Vertex, state: State) -> None:
    assert given.state is state


RAN, CACHED = vertex("ran", span(0, 1)), vertex("cached", span(0, 0), cached=True)
FAILED = vertex("failed", span(0, 1), error="no")
NEVER = vertex("never", completed=False)


@pytest.mark.parametrize(
    ("vertexes", "exit_code", "state"),
    [
        ((RAN, CACHED), 0, State.RAN),
        ((CACHED, CACHED), 0, State.CACHED),
        ((RAN, FAILED, NEVER), 1, State.FAILED),
        ((RAN, NEVER), 1, State.CANCELLED),
        # Behind a cache hit: what stands before it is not looked at.
        ((RAN, NEVER), 0, State.RAN),
        ((NEVER,), 0, State.SKIPPED),
        ((), 0, State.SKIPPED),
    ],
)
def test_state_of_a_stage(vertexes: tuple[Vertex, ...], exit_code: int, state: State) -> None:
    assert build(*vertexes, exit_code=exit_code).stage_state("a") is state


def test_a_stage_without_work_is_as_its_base() -> None:
    dockerfile = "FROM x AS a\nRUN y\nFROM a AS b\nENV c=d\nFROM b\nCMD e\n"
    assert build(RAN, dockerfile=dockerfile).stage_state("stage-2") is State.RAN
    assert build(CACHED, dockerfile=dockerfile).stage_state("stage-2") is State.CACHED
    assert build(FAILED, dockerfile=dockerfile, exit_code=1).stage_state("b") is State.FAILED
    assert build(RAN, dockerfile=dockerfile, target="a").stage_state("b") is State.SKIPPED


def test_a_stage_that_is_an_image_alone() -> None:
    dockerfile = "FROM x AS a\nFROM x AS b\nRUN y\nCOPY --from=a 1 2"
    source = vertex("from", span(0, 1), stage="b", kind=VertexKind.SOURCE)
    assert build(source, dockerfile=dockerfile).stage_state("a") is State.CACHED
    assert build(source, dockerfile=dockerfile, exit_code=1).stage_state("a") is State.SKIPPED
    lost = vertex("from", span(0, 1), stage="a", kind=VertexKind.SOURCE, error="not found")
    assert build(lost, dockerfile=dockerfile, exit_code=1).stage_state("a") is State.FAILED


def test_a_stage_with_work_that_was_never_mentioned_is_skipped() -> None:
    dockerfile = "FROM x AS a\nRUN y\nFROM x\nRUN z\n"
    assert build(dockerfile=dockerfile).stage_state("stage-1") is State.SKIPPED
    assert build(dockerfile=dockerfile, target="nobody").stage_state("a") is State.SKIPPED
    assert build(dockerfile=dockerfile).stage_state("nobody") is State.SKIPPED
