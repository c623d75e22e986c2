"""How far a running build is: a pure function of its trace and of the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from platform import machine

from sandbox.build.recorder import CANCELLED_EXIT_CODE
from sandbox.model.build import Build
from sandbox.model.stage_graph import StageGraph
from sandbox.model.stage_state import stage_states, vertex_state
from sandbox.model.trace import Trace
from sandbox.model.vertex import WORK, State, Transfer, Vertex, VertexKind

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
_RUNS_AS_WELL = {"amd64": "386"}


class Phase(StrEnum):
    """The state of a whole build."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Mark(StrEnum):
    """How a RUN is executed in a build for other platforms: emulated, or cross-compiling."""

    EMULATED = "emulated"
    CROSS = "cross-compiled"


@dataclass(frozen=True, slots=True)
class LiveVertex:
    """A vertex at one moment.

    Args:
        number: Its place in the order of first mention, from 0; never changes.
        vertex: What BuildKit has reported about it.
        state: Its state.
        mark: None for everything but RUNs of builds for other platforms.
        lines: How many lines it has printed.
    """

    number: int
    vertex: Vertex
    state: State
    mark: Mark | None
    lines: int


@dataclass(frozen=True, slots=True)
class LiveStage:
    """A stage at one moment, all of its platforms together.

    Args:
        name: The name in the Dockerfile.
        state: Its state.
        done: The number of its vertices that have ended.
        cached: The number of its vertices whose results came from the cache.
        total: The number of its vertices; may grow while BuildKit plans.
        transfers: Transfers of bytes into the vertices that are running.
    """

    name: str
    state: State
    done: int
    cached: int
    total: int
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class LiveState:
    """A build at one moment.

    Args:
        phase: The state of the whole build.
        origin: The time when BuildKit began; None before that.
        elapsed_s: Seconds since ``origin``.
        trace: Everything that BuildKit has reported; without logs.
        vertexes: In the order of ``trace.vertexes``.
        stages: In the order of the Dockerfile, or of first mention without one.
    """

    phase: Phase
    origin: datetime | None
    elapsed_s: float
    trace: Trace
    vertexes: tuple[LiveVertex, ...]
    stages: tuple[LiveStage, ...]

    @property
    def ok(self) -> bool | None:
        """Whether the build succeeded; None while it is running."""
        return None if self.phase is Phase.RUNNING else self.phase is Phase.DONE


def running_state(
    trace: Trace,
    graph: StageGraph | None,
    target: str | None,
    *,
    now: datetime,
    lines: Callable[[str], int] = lambda _: 0,
) -> LiveState:
    """A build that is still running.

    Args:
        trace: What BuildKit has reported so far.
        graph: The Dockerfile's stages, None when unknown.
        target: The stage asked for, None for the default.
        now: The current time, aware, in UTC.
        lines: Returns the number of lines that the vertex with a digest has printed.
    """
    states = stage_states(trace, graph, target, ok=None)
    return _live_state(trace, Phase.RUNNING, states, now=now, lines=lines)


def final_state(build: Build, *, lines: Callable[[str], int] = lambda _: 0) -> LiveState:
    """A build that is over; ``lines`` as for ``running_state``."""
    phase = Phase.DONE if build.ok else Phase.FAILED
    if build.exit_code == CANCELLED_EXIT_CODE:
        phase = Phase.CANCELLED
    return _live_state(build.trace, phase, build.stage_states(), now=None, lines=lines)


def cancelled_build(
    trace: Trace, graph: StageGraph | None, target: str | None, *, now: datetime
) -> Build:
    """A Build for an interrupted command, because such a command returns no Build."""
    return Build(
        command=(),
        exit_code=CANCELLED_EXIT_CODE,
        trace=trace,
        graph=graph,
        target=target,
        image_digest=None,
        log="",
        message="",
        started=now,
        duration_s=trace.real_s,
    )


def mark_of(vertex: Vertex, native: str | None = None) -> Mark | None:
    """Whether a RUN runs under emulation, or natively for another platform.

    Args:
        vertex: Any vertex.
        native: The architecture of the machine, as ``amd64``; None for this machine's.
    """
    runs_on = vertex.build_platform or vertex.platform
    if vertex.kind is not VertexKind.RUN or runs_on is None:
        return None
    native = native or _MACHINES.get(machine(), machine())
    if runs_on.split("/")[1] not in (native, _RUNS_AS_WELL.get(native)):
        return Mark.EMULATED
    return Mark.CROSS if vertex.build_platform is not None else None


def _live_state(
    trace: Trace,
    phase: Phase,
    states: dict[str, State],
    *,
    now: datetime | None,
    lines: Callable[[str], int],
) -> LiveState:
    origin = trace.origin
    elapsed_s = trace.real_s
    if origin is not None and now is not None:
        elapsed_s = max(elapsed_s, (now - origin).total_seconds())
    vertexes = tuple(
        LiveVertex(
            number,
            vertex,
            vertex_state(vertex, is_over=phase is not Phase.RUNNING),
            mark_of(vertex),
            lines(vertex.digest),
        )
        for number, vertex in enumerate(trace.vertexes)
    )
    of_stage: dict[str, list[LiveVertex]] = {name: [] for name in states}
    for one in vertexes:
        if one.vertex.stage is not None:
            of_stage[one.vertex.stage].append(one)
    return LiveState(
        phase=phase,
        origin=origin,
        elapsed_s=elapsed_s,
        trace=trace,
        vertexes=vertexes,
        stages=tuple(_stage(name, states[name], of_stage[name]) for name in states),
    )


def _stage(name: str, state: State, vertexes: list[LiveVertex]) -> LiveStage:
    work = [one.vertex for one in vertexes if one.vertex.kind in WORK]
    ended = [vertex for vertex in work if vertex.completed or vertex.cached]
    cached = sum(vertex.state is State.CACHED for vertex in work)
    at_work = [one.vertex for one in vertexes if one.state is State.RUNNING]
    transfers = tuple(transfer for vertex in at_work for transfer in vertex.transfers)
    return LiveStage(name, state, len(ended), cached, len(work), transfers)
