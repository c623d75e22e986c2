"""The arithmetic of intervals, and the states of vertices."""

from __future__ import annotations

import pytest

from sandbox.model.vertex import State, Vertex, merge

from .by_hand import span, vertex


def test_merge_joins_what_touches_and_sorts_the_rest() -> None:
    assert merge([span(5, 6), span(0, 2), span(1, 3), span(3, 4), span(0, 1)]) == (
        span(0, 4),
        span(5, 6),
    )
    assert merge([span(0, 9), span(1, 2)]) == (span(0, 9),)
    assert merge([]) == ()


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
