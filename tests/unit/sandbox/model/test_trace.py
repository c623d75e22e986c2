"""Figures of a trace."""

from __future__ import annotations

from sandbox.model.trace import Trace
from sandbox.model.vertex import VertexKind

from .by_hand import span, vertex


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
