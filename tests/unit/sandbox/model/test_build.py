"""What a build says of its stages."""

from __future__ import annotations

import pytest

from sandbox.model.vertex import State, Vertex, VertexKind

from .by_hand import build, span, vertex

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
    assert build(source, dockerfile=dockerfile).stage_state("a") is State.IDLE
    assert build(source, dockerfile=dockerfile, exit_code=1).stage_state("a") is State.SKIPPED
    lost = vertex("from", span(0, 1), stage="a", kind=VertexKind.SOURCE, error="not found")
    assert build(lost, dockerfile=dockerfile, exit_code=1).stage_state("a") is State.FAILED


def test_a_stage_with_work_that_was_never_mentioned_is_skipped() -> None:
    dockerfile = "FROM x AS a\nRUN y\nFROM x\nRUN z\n"
    assert build(dockerfile=dockerfile).stage_state("stage-1") is State.SKIPPED
    assert build(dockerfile=dockerfile, target="nobody").stage_state("a") is State.SKIPPED
    assert build(dockerfile=dockerfile).stage_state("nobody") is State.SKIPPED
