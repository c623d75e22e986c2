"""RUNs that share a cache mount with ``sharing=locked`` wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.model.build import Build
from sandbox.model.cache_mount_turns import without_waits
from sandbox.model.trace import Trace
from sandbox.model.vertex import CacheMount, Vertex

from .by_hand import span, vertex


def run(
    digest: str, start_s: float, end_s: float, *, locked: bool = True, **more: object
) -> Vertex:
    made = vertex(digest, span(start_s, end_s), stage=digest, **more)  # type: ignore[arg-type]
    return replace(made, cache_mounts=(CacheMount("/c", "/c", locked),))


def test_the_one_that_ends_last_waited_for_the_other() -> None:
    trace = Trace(without_waits([run("a", 0, 4), run("b", 0, 2), run("c", 1, 7)]))
    assert [v.intervals for v in trace.vertexes] == [(span(2, 4),), (span(0, 2),), (span(4, 7),)]
    assert [v.waited for v in trace.vertexes] == [(span(0, 2),), (), (span(1, 4),)]
    assert trace.overlap_s("a", "b") == trace.overlap_s("a", "c") == 0
    assert trace.accumulated_s == trace.real_s == 7
    assert [v.digest for v in trace.critical_path()] == ["c"]


def test_one_locked_mount_is_enough() -> None:
    vertexes = without_waits([run("a", 0, 4), run("b", 0, 2, locked=False)])
    assert vertexes[0].waited == (span(0, 2),)


@pytest.mark.parametrize(
    "other",
    [
        replace(run("b", 0, 2), cache_mounts=()),
        replace(run("b", 0, 2), cache_mounts=(CacheMount("/d", "/d", True),)),
        run("b", 0, 2, completed=False),
        run("b", 0, 2, error="context canceled"),
    ],
)
def test_nobody_waits_for_another_mount_or_for_a_run_that_may_never_have_had_it(
    other: Vertex,
) -> None:
    vertexes = [run("a", 0, 4), other]
    assert without_waits(vertexes) == tuple(vertexes)


def test_shared_mounts_are_used_at_the_same_time() -> None:
    vertexes = [run("a", 0, 4, locked=False), run("b", 0, 2, locked=False)]
    assert without_waits(vertexes) == tuple(vertexes)


def test_a_recorded_build(recorded: Callable[[str], Build]) -> None:
    trace = recorded("locked").trace
    assert trace.overlap_s("one", "two") == 0
    (waiting,) = [v for v in trace.vertexes if v.waited]
    assert (waiting.stage, waiting.place) == ("one", 2)
    assert waiting.waited_s == pytest.approx(trace.busy_s("two"), abs=0.01)
