"""The lanes of a trace: one for each stage and platform, and four for everything else.

The live view, pictures and texts all group vertices by these lanes and arrange bars in these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sandbox.model.stage_state import state_of_work
from sandbox.model.vertex import WORK, State, Vertex, VertexKind

MOST_LANES = 60
"""The largest number of lanes that are drawn."""
_MOST_ROWS = 6


class Part(IntEnum):
    """The parts of a build, in the order of their lanes."""

    SETUP = 0
    BASES = 1
    STAGE = 2
    SCAN = 3
    EXPORT = 4


LABELS = {
    Part.SETUP: "set-up",
    Part.BASES: "base images",
    Part.SCAN: "SBOM scan",
    Part.EXPORT: "export",
}
"""Names of the lanes that do not belong to a stage."""
_PARTS = {VertexKind.SCAN: Part.SCAN, VertexKind.EXPORT: Part.EXPORT}


@dataclass(frozen=True, slots=True)
class LaneKey:
    """The identity of a lane.

    Args:
        part: The part of the build.
        name: The stage's name, or the label of the part.
        platform: As BuildKit prints it; None in a build for one platform, and outside of stages.
    """

    part: Part
    name: str
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane and its vertices, in the order of the trace; a stage that never began has none."""

    key: LaneKey
    vertexes: tuple[Vertex, ...]


def lane_key(vertex: Vertex) -> LaneKey:
    """The lane that a vertex belongs to."""
    if vertex.kind is VertexKind.SOURCE:
        # Stages with the same base share one vertex, which has the name of any of these stages.
        return LaneKey(Part.BASES, LABELS[Part.BASES])
    if vertex.stage is not None:
        return LaneKey(Part.STAGE, vertex.stage, vertex.platform)
    part = _PARTS.get(vertex.kind, Part.SETUP)
    return LaneKey(part, LABELS[part])


def lanes_of(vertexes: Iterable[Vertex], stages: Sequence[str]) -> tuple[Lane, ...]:
    """All lanes from the top down, in an order that does not change while a build runs.

    Args:
        vertexes: In the order in which BuildKit first mentioned them.
        stages: Names in the order of their lanes, the Dockerfile's first; each has a lane.
    """
    groups: dict[LaneKey, list[Vertex]] = {}
    for vertex in vertexes:
        groups.setdefault(lane_key(vertex), []).append(vertex)
    mentioned = {key.name for key in groups if key.part is Part.STAGE}
    for name in stages:
        if name not in mentioned:
            groups[LaneKey(Part.STAGE, name)] = []
    order = {name: place for place, name in enumerate(stages)}
    keys = sorted(
        groups, key=lambda key: (key.part, order.get(key.name, len(order)), key.platform or "")
    )
    return tuple(Lane(key, tuple(groups[key])) for key in keys)


def lane_state(
    lane: Lane, stages: Mapping[str, State], states: Mapping[str, State], *, ok: bool | None
) -> State | None:
    """The state of a stage on the lane's platform.

    A lane outside of stages has a state only if it failed. A cache that could not be imported is
    no failure: the build goes on without it.

    Args:
        lane: The lane.
        stages: The states of all stages; see ``stage_states``.
        states: The states of all vertices, by digest.
        ok: Whether the build succeeded; None while it is running.
    """
    if lane.key.part is not Part.STAGE:
        needed = (v for v in lane.vertexes if v.kind is not VertexKind.IMPORT_CACHE)
        is_failed = any(states[vertex.digest] is State.FAILED for vertex in needed)
        return State.FAILED if is_failed else None
    work = [vertex for vertex in lane.vertexes if vertex.kind in WORK]
    if lane.key.platform is not None and work:
        return state_of_work(work, states, ok=ok)
    return stages[lane.key.name]


def rows_of(vertexes: Iterable[Vertex], *, is_over: bool) -> dict[str, int]:
    """The row, from 0 at the top, of each vertex of one lane that has begun; by digest.

    Vertices that run at the same time are in different rows, unless there are too many of them. All
    runs of a vertex are in the same row.

    Args:
        vertexes: The vertices of one lane.
        is_over: Whether the build is over. If not, no other vertex shares the row of a vertex that
            has not ended.
    """
    begun = sorted(
        (vertex for vertex in vertexes if vertex.intervals),
        # Among cache hits at the same moment, those of no duration come first, so that all fit in
        # one row.
        key=lambda vertex: (_begin(vertex), vertex.intervals[0].end),
    )
    free_from: list[datetime | None] = []  # the time when a row becomes free; None: unknown
    rows: dict[str, int] = {}
    for vertex in begun:
        start = _begin(vertex)
        row = next(
            (n for n, free in enumerate(free_from) if free is not None and free <= start),
            len(free_from),
        )
        if row == len(free_from) and row < _MOST_ROWS:
            free_from.append(start)
        row = min(row, _MOST_ROWS - 1)
        has_ended = is_over or vertex.completed or vertex.error is not None or vertex.cached
        free = free_from[row]
        last = vertex.intervals[-1].end
        free_from[row] = max(free, last) if has_ended and free is not None else None
        rows[vertex.digest] = row
    return rows


def _begin(vertex: Vertex) -> datetime:
    return (vertex.waited or vertex.intervals)[0].start
