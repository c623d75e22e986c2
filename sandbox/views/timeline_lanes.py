"""The lanes of a trace with everything that a timeline shows: bars, rows, states and seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandbox.model.build import Build
from sandbox.model.lanes import Lane, Part, lane_state, lanes_of, rows_of
from sandbox.model.stage_state import stage_states
from sandbox.model.trace import Trace
from sandbox.model.vertex import State, Vertex, merge
from sandbox.wording import printable


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of one vertex; seconds count from the first start in the trace.

    Its state is that of the vertex, or waiting while the vertex waited for a cache mount.
    """

    vertex: Vertex
    state: State
    start_s: float
    end_s: float
    row: int
    critical: bool


@dataclass(frozen=True, slots=True)
class DrawnLane:
    """The bars of one stage, or of one of the parts of a build outside of stages.

    Args:
        label: The stage's name, or the name of the part.
        platform: As BuildKit prints it, None in a build for one platform.
        is_stage: Whether the lane is a stage.
        state: The stage's state on this platform; a part outside of stages has one if it failed.
        bars: By start.
        rows: How many bars lie above each other.
        busy_s: Seconds in which at least one of the vertices ran.
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
    """A whole trace in lanes, from the top down; ``critical`` is the critical path, in order."""

    lanes: tuple[DrawnLane, ...]
    critical: tuple[Vertex, ...]
    real_s: float
    accumulated_s: float

    @property
    def at_once(self) -> float:
        """How many vertices ran at the same time, on average; 0.0 if no vertex ran."""
        return self.accumulated_s / self.real_s if self.real_s > 0 else 0.0


def cut(shown: Build | Trace) -> Lanes:
    """Cut a trace into lanes; with a Build, stages that never began have lanes too."""
    trace = shown.trace if isinstance(shown, Build) else shown
    graph = shown.graph if isinstance(shown, Build) else None
    ok = shown.ok if isinstance(shown, Build) else True
    target = shown.target if isinstance(shown, Build) else None
    critical = trace.critical_path()
    origin = trace.origin
    stages = stage_states(trace, graph, target, ok=ok)
    states = {vertex.digest: vertex.state for vertex in trace.vertexes}
    # If the build took no time, there is no critical path.
    path = {vertex.digest for vertex in critical} if trace.real_s > 0 else set()
    lanes = [
        _lane(lane, lane_state(lane, stages, states, ok=ok), origin, path)
        for lane in lanes_of(trace.vertexes, tuple(stages))
    ]
    return Lanes(
        lanes=tuple(lane for lane in lanes if lane.bars or lane.is_stage),
        critical=critical,
        real_s=trace.real_s,
        accumulated_s=trace.accumulated_s,
    )


def _lane(
    lane: Lane, outcome: State | None, origin: datetime | None, critical: set[str]
) -> DrawnLane:
    rows = rows_of(lane.vertexes, is_over=True)
    bars = [
        Bar(
            vertex,
            state,
            (interval.start - origin).total_seconds(),
            (interval.end - origin).total_seconds(),
            rows[vertex.digest],
            vertex.digest in critical,
        )
        for vertex in lane.vertexes
        for state, intervals in (
            (State.WAITING, vertex.waited),
            (vertex.state, vertex.intervals),
        )
        for interval in intervals
        if origin is not None
    ]
    return DrawnLane(
        label=printable(lane.key.name),
        platform=lane.key.platform,
        is_stage=lane.key.part is Part.STAGE,
        state=outcome,
        bars=tuple(sorted(bars, key=lambda bar: (bar.start_s, bar.end_s))),
        rows=1 + max(rows.values(), default=0),
        busy_s=sum(i.duration_s for i in merge(i for v in lane.vertexes for i in v.intervals)),
    )
