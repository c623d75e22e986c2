"""A trace cut into lanes: one a stage (a stage and platform), and four for all the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.model.build import Build
from sandbox.model.trace import Trace
from sandbox.model.vertex import State, Vertex, VertexKind, merge
from sandbox.wording import printable

_MOST_ROWS = 6
_SETUP, _BASES, _STAGE, _SCAN, _EXPORT = range(5)
_LABELS = {_SETUP: "set-up", _BASES: "base images", _SCAN: "SBOM scan", _EXPORT: "export"}
_PARTS = {VertexKind.SCAN: _SCAN, VertexKind.EXPORT: _EXPORT}
# Which part, the name, the platform.
_Group = tuple[int, str, str | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of work of one vertex; seconds count from the first start in the trace."""

    vertex: Vertex
    start_s: float
    end_s: float
    row: int
    critical: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """What happened in one stage, or in one of the parts of a build outside of any.

    Args:
        label: The stage's name, or what the part is.
        platform: As BuildKit prints it, None in a build for one platform.
        is_stage: Whether it is a stage.
        state: What became of it; None for what is no stage.
        bars: By start.
        rows: How many bars lie above each other.
        busy_s: Seconds in which anything in it was at work.
    """

    label: str
    platform: str | None
    is_stage: bool
    state: State | None
    bars: tuple[Bar, ...]
    rows: int
    busy_s: float


@dataclass(frozen=True, slots=True)
class Lanes:
    """A whole trace in lanes, from the top down; ``critical`` is the path in its order."""

    lanes: tuple[Lane, ...]
    critical: tuple[Vertex, ...]
    real_s: float
    accumulated_s: float

    @property
    def at_once(self) -> float:
        """How many vertexes were at work at the same time, on average; 0.0 for none."""
        return self.accumulated_s / self.real_s if self.real_s > 0 else 0.0


def cut(shown: Build | Trace) -> Lanes:
    """Cuts a trace into lanes; with a Build, stages that never began have one as well."""
    trace = shown.trace if isinstance(shown, Build) else shown
    critical = trace.critical_path()
    starts = [vertex.intervals[0].start for vertex in trace.vertexes if vertex.intervals]
    origin = min(starts, default=None)
    groups: dict[_Group, list[Vertex]] = {}
    for vertex in trace.vertexes:
        groups.setdefault(_group(vertex), []).append(vertex)
    build = shown if isinstance(shown, Build) else None
    order: dict[str, int] = {}
    if build is not None and build.graph is not None:
        order = {stage.name: stage.index for stage in build.graph.stages}
        mentioned = {name for part, name, _ in groups if part == _STAGE}
        groups |= {(_STAGE, name, None): [] for name in order if name not in mentioned}
    # A path of no length at all says nothing.
    path = {vertex.digest for vertex in critical} if trace.real_s > 0 else set()
    lanes = []
    for group, vertexes in groups.items():
        part, name, platform = group
        lane = _lane(group, vertexes, origin, path)
        if build is not None and part == _STAGE and platform is None:
            lane = replace(lane, state=build.stage_state(name))
        lanes.append((part, lane))
    lanes.sort(key=lambda pair: (pair[0], _first(pair[1]), order.get(pair[1].label, 0)))
    return Lanes(
        lanes=tuple(lane for part, lane in lanes if lane.bars or part == _STAGE),
        critical=critical,
        real_s=trace.real_s,
        accumulated_s=trace.accumulated_s,
    )


def _group(vertex: Vertex) -> _Group:
    if vertex.kind is VertexKind.SOURCE:
        # Stages with the same base share one vertex, which bears the name of any of them.
        return _BASES, _LABELS[_BASES], None
    if vertex.stage is not None:
        return _STAGE, vertex.stage, vertex.platform
    part = _PARTS.get(vertex.kind, _SETUP)
    return part, _LABELS[part], None


def _lane(
    group: _Group, vertexes: list[Vertex], origin: datetime | None, critical: set[str]
) -> Lane:
    part, name, platform = group
    spans = sorted(
        (
            ((i.start - origin).total_seconds(), (i.end - origin).total_seconds(), vertex)
            for vertex in vertexes
            for i in vertex.intervals
            if origin is not None
        ),
        key=lambda span: span[:2],
    )
    bars: list[Bar] = []
    free_from: list[float] = []
    for start_s, end_s, vertex in spans:
        row = next((n for n, free in enumerate(free_from) if free <= start_s), len(free_from))
        if row == len(free_from) and row < _MOST_ROWS:
            free_from.append(end_s)
        elif row == len(free_from):
            row = min(range(_MOST_ROWS), key=free_from.__getitem__)
        free_from[row] = max(free_from[row], end_s)
        bars.append(Bar(vertex, start_s, end_s, row, vertex.digest in critical))
    return Lane(
        label=printable(name),
        platform=platform,
        is_stage=part == _STAGE,
        state=_state(vertexes) if part == _STAGE else None,
        bars=tuple(bars),
        rows=max(1, len(free_from)),
        busy_s=sum(i.duration_s for i in merge(i for v in vertexes for i in v.intervals)),
    )


def _state(vertexes: Iterable[Vertex]) -> State:
    states = {vertex.state for vertex in vertexes}
    order = (State.FAILED, State.CANCELLED, State.RAN, State.CACHED)
    return next((state for state in order if state in states), State.SKIPPED)


def _first(lane: Lane) -> float:
    return lane.bars[0].start_s if lane.bars else float("inf")
