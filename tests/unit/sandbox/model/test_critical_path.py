"""The heaviest chain of a trace."""

from __future__ import annotations

from sandbox.model.trace import Trace

from .by_hand import span, vertex


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
