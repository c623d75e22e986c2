"""Finds out which vertices waited for a cache mount that another vertex used.

BuildKit reports one interval for a RUN, which begins before the RUN has its mounts. Two RUNs never
use a cache mount at the same time if one of them has ``sharing=locked``, and BuildKit gives a mount
back when the RUN ends. So of two such RUNs, the one that ended last waited until the other ended.

Nothing is known about two RUNs that are still running, nor about RUNs of other builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sandbox.model.vertex import Interval, State, Vertex


def without_waits(vertexes: Sequence[Vertex]) -> tuple[Vertex, ...]:
    """The same vertices, with the time in which they waited moved to ``waited``."""
    if not any(mount.is_locked for vertex in vertexes for mount in vertex.cache_mounts):
        return tuple(vertexes)
    # A RUN that was cancelled may never have had its mounts.
    ended = [v for v in vertexes if v.cache_mounts and v.state in (State.RAN, State.FAILED)]
    return tuple(_cut(vertex, _turn(vertex, ended)) for vertex in vertexes)


def _turn(vertex: Vertex, ended: Sequence[Vertex]) -> datetime | None:
    """The time when the last vertex before this one gave back a mount; None if there is none."""
    if not vertex.cache_mounts or not vertex.intervals:
        return None
    last = vertex.intervals[-1].end
    ends = (v.intervals[-1].end for v in ended if v is not vertex and _exclude(v, vertex))
    return max((end for end in ends if end < last), default=None)


def _exclude(one: Vertex, other: Vertex) -> bool:
    return any(
        a.key == b.key and (a.is_locked or b.is_locked)
        for a in one.cache_mounts
        for b in other.cache_mounts
    )


def _cut(vertex: Vertex, turn: datetime | None) -> Vertex:
    if turn is None or turn <= vertex.intervals[0].start:
        return vertex
    waited = [Interval(i.start, min(i.end, turn)) for i in vertex.intervals if i.start < turn]
    ran = [Interval(max(i.start, turn), i.end) for i in vertex.intervals if i.end > turn]
    return replace(vertex, intervals=tuple(ran), waited=tuple(waited))
