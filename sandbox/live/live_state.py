"""How far a running build is: from a trace that grows to what a view shows of it.

A ``Trace`` says what became of a vertex. While the build runs there is more to say: whether
it waits, whether it is at work right now, and how far it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from platform import machine

from sandbox.build.recorder import CANCELLED_EXIT_CODE
from sandbox.live.log_tail import LogTails
from sandbox.model.build import Build
from sandbox.model.stage_graph import StageGraph
from sandbox.model.trace import Trace
from sandbox.model.vertex import WORK, State, Transfer, Vertex, VertexKind
from sandbox.parse.rawjson import TraceReader

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
_RUNS_AS_WELL = {"amd64": "386"}


class Phase(StrEnum):
    """Where a vertex or a stage is at this moment."""

    WAITING = "waiting"
    RUNNING = "running"
    CACHED = "cached"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Mark(StrEnum):
    """What is special about a RUN of a build for several platforms."""

    EMULATED = "emulated"
    CROSS = "cross-compiled"


ENDED = {
    State.RAN: Phase.DONE,
    State.CACHED: Phase.CACHED,
    State.SKIPPED: Phase.SKIPPED,
    State.FAILED: Phase.FAILED,
    State.CANCELLED: Phase.CANCELLED,
}
"""What a state is called when the build is over."""


@dataclass(frozen=True, slots=True)
class LiveVertex:
    """A vertex at one moment.

    Args:
        number: Its place in the order of first mention, from 0; never changes.
        vertex: What is known of it.
        phase: Where it is.
        mark: None for all but RUNs of builds for other platforms.
        lines: How many lines it has printed.
    """

    number: int
    vertex: Vertex
    phase: Phase
    mark: Mark | None
    lines: int


@dataclass(frozen=True, slots=True)
class LiveStage:
    """A stage at one moment, all of its platforms together.

    Args:
        name: As in the Dockerfile.
        phase: Where it is.
        done: How many of its vertexes have ended.
        total: How many it has; may grow while BuildKit plans.
        transfers: What is on its way into the vertexes that are at work.
    """

    name: str
    phase: Phase
    done: int
    total: int
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class LiveState:
    """A build at one moment.

    Args:
        phase: Of the whole build.
        origin: When BuildKit began; None before it did.
        elapsed_s: Since then.
        trace: All that is known.
        vertexes: In the order of ``trace.vertexes``.
        stages: In the order of the Dockerfile, or of first mention without one.
    """

    phase: Phase
    origin: datetime | None
    elapsed_s: float
    trace: Trace
    vertexes: tuple[LiveVertex, ...]
    stages: tuple[LiveStage, ...]


class LiveReader:
    """Takes the lines of a running build. ``feed`` may be called by another thread than the rest.

    Args:
        graph: The Dockerfile's stages, None when unknown.
        target: The stage asked for, None for the default.
        clock: Aware, in UTC.
    """

    def __init__(
        self,
        graph: StageGraph | None,
        target: str | None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.graph = graph
        self.target = target
        self.logs = LogTails()
        self._clock = clock
        self._arrived: deque[str] = deque()
        only = graph.stages[0].name if graph is not None and len(graph.stages) == 1 else "stage-0"
        # The logs are kept as tails; the trace need not keep them a second time.
        self._reader = TraceReader(only, most_lines=0, on_log=self.logs.add)

    def feed(self, line: str) -> None:
        """Take a raw line. Costs the build next to nothing: it is read when ``state`` is asked."""
        self._arrived.append(line)

    def state(self) -> LiveState:
        """The build now."""
        trace = self._read()
        stages = stage_phases(trace, self.graph, self.target)
        return self._state(trace, Phase.RUNNING, stages, is_over=False)

    @property
    def has_news(self) -> bool:
        """Whether lines have arrived that no state tells of yet."""
        return bool(self._arrived)

    def over(self, build: Build | None) -> LiveState:
        """The build at its end; None for one that was cancelled and left nothing behind."""
        trace = self._read()
        self._reader.end()
        judge = build or self.cancelled()
        phase = Phase.CANCELLED
        if build is not None:
            phase = Phase.DONE if build.ok else Phase.FAILED
        stages = {name: ENDED[judge.stage_state(name)] for name in self._names(trace)}
        return self._state(trace, phase, stages, is_over=True)

    def cancelled(self) -> Build:
        """What can be said of a build that was interrupted, which leaves no Build of its own."""
        trace = self._read()
        return Build(
            command=(),
            exit_code=CANCELLED_EXIT_CODE,
            trace=trace,
            graph=self.graph,
            target=self.target,
            image_digest=None,
            log="",
            message="",
            started=self._clock(),
            duration_s=trace.real_s,
        )

    def _read(self) -> Trace:
        while self._arrived:
            self._reader.feed(self._arrived.popleft())
        return self._reader.trace()

    def _names(self, trace: Trace) -> tuple[str, ...]:
        return stage_names(trace, self.graph)

    def _state(
        self, trace: Trace, phase: Phase, stages: dict[str, Phase], *, is_over: bool
    ) -> LiveState:
        starts = [vertex.intervals[0].start for vertex in trace.vertexes if vertex.intervals]
        origin = min(starts, default=None)
        elapsed_s = 0.0
        if origin is not None:
            now_s = (self._clock() - origin).total_seconds()
            elapsed_s = trace.real_s if is_over else max(trace.real_s, now_s)
        return LiveState(
            phase=phase,
            origin=origin,
            elapsed_s=elapsed_s,
            trace=trace,
            vertexes=tuple(
                LiveVertex(
                    number,
                    vertex,
                    vertex_phase(vertex, is_over=is_over),
                    mark_of(vertex),
                    self.logs.seen(vertex.digest),
                )
                for number, vertex in enumerate(trace.vertexes)
            ),
            stages=tuple(_live_stage(trace, name, stages[name]) for name in self._names(trace)),
        )


def stage_names(trace: Trace, graph: StageGraph | None) -> tuple[str, ...]:
    """Every stage there is: the Dockerfile's in its order, then others that BuildKit names."""
    written = () if graph is None else tuple(stage.name for stage in graph.stages)
    return tuple(dict.fromkeys((*written, *trace.stages)))


def vertex_phase(vertex: Vertex, *, is_over: bool = False) -> Phase:
    """Where a vertex is; one that has begun and not ended is at work until the build is over."""
    if is_over or vertex.error is not None or vertex.cached:
        return ENDED[vertex.state]
    if not vertex.intervals:
        return Phase.WAITING
    return Phase.DONE if vertex.completed else Phase.RUNNING


def stage_phases(trace: Trace, graph: StageGraph | None, target: str | None) -> dict[str, Phase]:
    """Where each stage of a running build is.

    A stage that has begun goes on running between two of its instructions, and waits when the
    next one needs what is not there yet.
    """
    phases = {vertex.digest: vertex_phase(vertex) for vertex in trace.vertexes}
    needed = _needed(graph, target)
    # As soon as BuildKit has a plan, a stage that is not needed for the target is known to be out.
    planned = any(vertex.kind in WORK for vertex in trace.vertexes)
    found: dict[str, Phase] = {}
    for name in stage_names(trace, graph):
        vertexes = [vertex for vertex in trace.of_stage(name) if vertex.kind in WORK]
        if vertexes:
            found[name] = _stage_phase(vertexes, phases)
        elif planned and needed is not None and name not in needed:
            found[name] = Phase.SKIPPED
        else:
            # Without work of its own it is as its base, which stands before it in the file.
            sources = [phases[vertex.digest] for vertex in trace.of_stage(name)]
            found[name] = sources[0] if sources else found.get(_base(graph, name), Phase.WAITING)
    return found


def mark_of(vertex: Vertex, native: str | None = None) -> Mark | None:
    """Whether a RUN runs under emulation, or natively for another platform.

    Args:
        vertex: Any.
        native: The architecture of the machine, as ``amd64``; None for this one.
    """
    runs_on = vertex.build_platform or vertex.platform
    if vertex.kind is not VertexKind.RUN or runs_on is None:
        return None
    native = native or _MACHINES.get(machine(), machine())
    if runs_on.split("/")[1] not in (native, _RUNS_AS_WELL.get(native)):
        return Mark.EMULATED
    return Mark.CROSS if vertex.build_platform is not None else None


def _stage_phase(vertexes: Sequence[Vertex], phases: dict[str, Phase]) -> Phase:
    own = [phases[vertex.digest] for vertex in vertexes]
    for phase in (Phase.FAILED, Phase.CANCELLED, Phase.RUNNING):
        if phase in own:
            return phase
    if Phase.WAITING not in own:
        return Phase.DONE if Phase.DONE in own else Phase.CACHED
    if all(phase is Phase.WAITING for phase in own):
        return Phase.WAITING
    waiting = (v for v in vertexes if phases[v.digest] is Phase.WAITING)
    ended = (Phase.DONE, Phase.CACHED)
    is_next_ready = any(
        all(phases.get(digest, Phase.DONE) in ended for digest in vertex.inputs)
        for vertex in waiting
    )
    return Phase.RUNNING if is_next_ready else Phase.WAITING


def _live_stage(trace: Trace, name: str, phase: Phase) -> LiveStage:
    vertexes = trace.of_stage(name)
    work = [vertex for vertex in vertexes if vertex.kind in WORK]
    ended = [v for v in work if v.completed or v.cached]
    at_work = [v for v in vertexes if vertex_phase(v) is Phase.RUNNING]
    transfers = tuple(transfer for vertex in at_work for transfer in vertex.transfers)
    return LiveStage(name, phase, len(ended), len(work), transfers)


def _needed(graph: StageGraph | None, target: str | None) -> frozenset[str] | None:
    """None when it cannot be told: no Dockerfile, or a target that is not in it."""
    try:
        return graph.needed(target) if graph is not None and graph.stages else None
    except KeyError:
        return None


def _base(graph: StageGraph | None, name: str) -> str:
    try:
        return graph.stage(name).base if graph is not None else ""
    except KeyError:
        return ""
