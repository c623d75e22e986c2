"""The values that everything else speaks in: frozen, with no behaviour beyond arithmetic.

Two graphs, and they are not the same thing. A ``StageGraph`` is what a Dockerfile
says before anything ran: stages and the references between them. A ``Trace`` is
what BuildKit did: vertexes of its LLB graph, with times. They meet in the stage's
name, which is BuildKit's own (``stage-2`` for a third stage without a name).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sandbox.model.downloads import Downloads
from sandbox.model.llb import Llb
from sandbox.model.summary import CacheShare, Summary


class VertexKind(StrEnum):
    """What a vertex of the LLB graph does, read from the name BuildKit gives it."""

    SOURCE = "source"  # FROM image, a git or http source
    RUN = "run"
    COPY = "copy"
    ADD = "add"
    WORKDIR = "workdir"
    INTERNAL = "internal"  # loading the definition, the context, metadata
    IMPORT_CACHE = "import-cache"
    SCAN = "scan"  # of a finished file system, for its SBOM
    EXPORT = "export"  # exporters of images and of cache
    OTHER = "other"


class State(StrEnum):
    """What became of a vertex or of a stage in one build."""

    RAN = "ran"
    CACHED = "cached"
    SKIPPED = "skipped"  # never asked for, or behind a cache hit
    FAILED = "failed"
    CANCELLED = "cancelled"  # started, and neither finished nor failed


class EdgeKind(StrEnum):
    """How one stage refers to another."""

    FROM = "FROM"
    COPY = "COPY --from"
    MOUNT = "RUN --mount from"


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of time, both ends aware and in UTC, ``start <= end``."""

    start: datetime
    end: datetime

    @property
    def duration_s(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes on their way into one vertex, as BuildKit counts them.

    Args:
        name: BuildKit's: ``transferring context:`` for what the client sends, a digest for a
            blob that is fetched.
        moved_bytes: So far.
        total_bytes: None when BuildKit does not know beforehand.
    """

    name: str
    moved_bytes: int
    total_bytes: int | None

    @property
    def is_download(self) -> bool:
        """Whether it is a blob, of an image or of imported cache."""
        return self.name.startswith("sha256:")

    @property
    def is_context(self) -> bool:
        """Whether the client sends it: a build context, a Dockerfile or a ``.dockerignore``."""
        return self.name.startswith("transferring ")


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of the LLB graph, with all that the build reported about it.

    Args:
        digest: BuildKit's name for it.
        name: BuildKit's text for it, such as ``[build 2/4] RUN make``.
        inputs: Digests of the vertexes whose result it needs (the LLB's real edges).
        kind: What it does.
        stage: The stage it belongs to, None for what belongs to none.
        platform: As BuildKit prints it (``linux/arm64``), None when no platform was asked for.
        build_platform: Set when the vertex runs on another platform than it builds for.
        instruction: The Dockerfile instruction alone, without the bracketed part.
        intervals: When it was at work, in order, overlaps merged. Empty: it never started.
        cached: Whether BuildKit took its result from the cache.
        completed: Whether it was reported as completed.
        error: BuildKit's message, None when there was no error.
        log: What it printed, both streams in order of arrival.
        transfers: What was moved for it, in the order in which BuildKit first mentioned it.
    """

    digest: str
    name: str
    inputs: tuple[str, ...]
    kind: VertexKind
    stage: str | None
    platform: str | None
    build_platform: str | None
    instruction: str
    intervals: tuple[Interval, ...]
    cached: bool
    completed: bool
    error: str | None
    log: str = ""
    transfers: tuple[Transfer, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds at work: the sum of the intervals, so waiting in between is not counted."""
        return sum(interval.duration_s for interval in self.intervals)

    @property
    def state(self) -> State:
        if self.error is not None:
            return State.CANCELLED if "context canceled" in self.error else State.FAILED
        if self.cached:
            return State.CACHED
        if not self.intervals:
            return State.SKIPPED
        return State.RAN if self.completed else State.CANCELLED


@dataclass(frozen=True, slots=True)
class Warning:
    """A build check's finding or another warning that BuildKit attached to a build.

    Args:
        rule: The check's name (``FromAsCasing``), None when BuildKit gave none.
        message: One line.
        detail: The longer text, may be empty.
        url: Where to read on, None when BuildKit gave none.
        line: The first line of the Dockerfile it is about, from 1, None when unknown.
    """

    rule: str | None
    message: str
    detail: str = ""
    url: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What BuildKit did in one build.

    Args:
        vertexes: In the order in which BuildKit first mentioned them.
        warnings: In order of arrival.
        plain: Text lines between the JSON lines: the final error report, buildx's own notes.
        unreadable: Lines that looked like JSON and could not be read.
        log: All that the instructions printed, whole lines in order of arrival.
    """

    vertexes: tuple[Vertex, ...]
    warnings: tuple[Warning, ...] = ()
    plain: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    log: str = ""

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages that appear, in order of first mention."""
        return tuple(dict.fromkeys(v.stage for v in self.vertexes if v.stage is not None))

    def of_stage(self, stage: str) -> tuple[Vertex, ...]:
        """The vertexes of one stage, all platforms; empty when the stage never appeared."""
        return tuple(v for v in self.vertexes if v.stage == stage)

    def busy(self, stage: str) -> tuple[Interval, ...]:
        """When the instructions of a stage were at work, merged; sources (FROM) are left out."""
        return merge(i for v in self.of_stage(stage) if v.kind in WORK for i in v.intervals)

    def busy_s(self, stage: str) -> float:
        """Seconds in which at least one instruction of the stage was at work."""
        return sum(interval.duration_s for interval in self.busy(stage))

    def overlap_s(self, one: str, other: str) -> float:
        """Seconds in which instructions of both stages were at work at the same time."""
        return sum(
            max(0.0, (min(a.end, b.end) - max(a.start, b.start)).total_seconds())
            for a in self.busy(one)
            for b in self.busy(other)
        )

    @property
    def real_s(self) -> float:
        """Seconds from the first start to the last end of any vertex, as on a wall clock."""
        spans = [interval for v in self.vertexes for interval in v.intervals]
        if not spans:
            return 0.0
        return (max(s.end for s in spans) - min(s.start for s in spans)).total_seconds()

    @property
    def accumulated_s(self) -> float:
        """Seconds of all vertexes added up: what one after the other would have taken."""
        return sum(v.duration_s for v in self.vertexes)

    @property
    def downloaded_bytes(self) -> int:
        """Bytes of blobs that were fetched, each blob once; see ``Summary`` for what is not."""
        blobs: dict[str, int] = {}
        for transfer in (t for v in self.vertexes for t in v.transfers if t.is_download):
            # Two vertexes that wait for the same blob both report it.
            blobs[transfer.name] = max(blobs.get(transfer.name, 0), transfer.moved_bytes)
        return sum(blobs.values())

    @property
    def context_bytes(self) -> int:
        """Bytes of build contexts that the client sent."""
        return sum(
            transfer.moved_bytes
            for vertex in self.vertexes
            # The Dockerfile and the .dockerignore are read before there is a build.
            if not vertex.instruction.startswith(_BEFOREHAND)
            for transfer in vertex.transfers
            if transfer.is_context
        )

    def cache_share(self, kind: VertexKind) -> CacheShare:
        """How many vertexes of a kind came from the cache; RUN and COPY are what it is for."""
        states = [v.state for v in self.vertexes if v.kind is kind]
        return CacheShare(cached=states.count(State.CACHED), total=len(states))

    def llb(self) -> Llb:
        """The LLB graph: what the front end made of the Dockerfile, below stages.

        Vertexes that only report on a build, such as loading the Dockerfile and exporting
        the image, are no part of it: nothing needs them and they need nothing.
        """
        used = {digest for vertex in self.vertexes for digest in vertex.inputs}
        return Llb.of(
            tuple(
                vertex
                for vertex in self.vertexes
                if vertex.inputs or vertex.digest in used or vertex.kind is VertexKind.SOURCE
            )
        )

    def critical_path(self) -> tuple[Vertex, ...]:
        """The chain of vertexes, along the LLB's edges, whose seconds add up to the most.

        Nothing but a shorter chain makes the build shorter, however many cores there are.
        """
        by_digest = {v.digest: v for v in self.vertexes}
        # Seconds up to and with each vertex, and the vertex before it on that chain.
        best: dict[str, tuple[float, str | None]] = {}
        entered: set[str] = set()
        # Iterative post-order: a trace may be thousands of vertexes deep.
        for root in self.vertexes:
            stack = [root]
            while stack:
                vertex = stack[-1]
                if vertex.digest in best:
                    stack.pop()
                    continue
                inputs = [d for d in vertex.inputs if d in by_digest]
                # An edge back into what is still open would be a circle, which an LLB graph
                # never has and a damaged file may.
                waiting = [d for d in inputs if d not in best and d not in entered]
                if vertex.digest not in entered and waiting:
                    stack.extend(by_digest[d] for d in waiting)
                else:
                    before = max(
                        (d for d in inputs if d in best), key=lambda d: best[d][0], default=None
                    )
                    earlier_s = best[before][0] if before is not None else 0.0
                    best[vertex.digest] = (earlier_s + vertex.duration_s, before)
                    stack.pop()
                entered.add(vertex.digest)
        last = max(best, key=lambda d: best[d][0], default=None)
        chain: list[Vertex] = []
        while last is not None:
            chain.append(by_digest[last])
            last = best[last][1]
        return tuple(reversed(chain))


_BEFOREHAND = ("load build definition", "load .dockerignore")

WORK = frozenset({VertexKind.RUN, VertexKind.COPY, VertexKind.ADD, VertexKind.WORKDIR})
"""The kinds that are a Dockerfile's own work, as against loading and exporting."""


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Intervals in any order, as the fewest that cover the same time, in order."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: (i.start, i.end)):
        if merged and interval.start <= merged[-1].end:
            last = merged.pop()
            merged.append(Interval(last.start, max(last.end, interval.end)))
        else:
            merged.append(interval)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile.

    Args:
        keyword: In capitals, as ``RUN``.
        text: The instruction as written, heredoc bodies left out.
        first_line: From 1.
        last_line: From 1, heredoc bodies included.
    """

    keyword: str
    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM section of a Dockerfile.

    Args:
        name: Lower case as BuildKit has it; ``stage-N`` for a stage without a name.
        index: From 0.
        base: What stands after FROM, arguments put in: an image, a stage's name, or ``scratch``.
        platform: The text of ``FROM --platform=``, arguments put in where their value is known.
        named: Whether the Dockerfile names it.
        instructions: FROM first.
    """

    name: str
    index: int
    base: str
    platform: str | None
    named: bool
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """``target`` needs something of ``source``; both are names of stages or of images."""

    source: str
    target: str
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class StageGraph:
    """The stages of a Dockerfile and what refers to what.

    Args:
        stages: In the order of the file. The last one is the default target.
        edges: No duplicates; in the order of the file.
        images: Every image outside the file that some edge refers to, ``scratch`` left out.
        syntax: The value of ``# syntax=``, None when there is no such line.
    """

    stages: tuple[Stage, ...]
    edges: tuple[Edge, ...]
    images: tuple[str, ...]
    syntax: str | None = None

    def stage(self, name: str) -> Stage:
        """The stage of that name, or index in digits, as ``--target`` takes it.

        Raises:
            KeyError: There is none.
        """
        # Of two stages with one name BuildKit takes the later one.
        for stage in reversed(self.stages):
            if name.lower() == stage.name or name == str(stage.index):
                return stage
        raise KeyError(name)

    def needed(self, target: str | None = None) -> frozenset[str]:
        """Names of the stages that a build of ``target`` (None: the last one) must look at."""
        reached: set[str] = set()
        todo = [self.stage(target) if target is not None else self.stages[-1]]
        while todo:
            stage = todo.pop()
            if stage.name in reached:
                continue
            reached.add(stage.name)
            sources = {edge.source for edge in self.edges if edge.target == stage.name}
            todo += [s for s in self.stages if s.name in sources]
        return frozenset(reached)


@dataclass(frozen=True, slots=True)
class Build:
    """What one build leaves behind: the evidence that views and checks read, and nothing else.

    Args:
        command: The exact argv, ready to be pasted into a terminal of the sandbox.
        exit_code: Of that command; 130 when it was cancelled.
        trace: What BuildKit did.
        graph: The Dockerfile's stages, None when it could not be read as a Dockerfile.
        target: The stage asked for, None for the default.
        image_digest: Of the image or index that was made, None when none was.
        log: All that the instructions printed, in order of arrival, one line a line.
        message: The error report that buildx printed, empty when there was none.
        started: Aware, UTC.
        duration_s: Of the whole command.
        log_path: The file that holds the raw lines, None when nothing was kept.
        image_bytes: Of the image, as ``docker image inspect`` reports it; None when the engine
            has no such image (none was made, or it was exported elsewhere).
        downloads: What the package indexes served while it ran; builds that ran at the same time
            have each other's among theirs. None: not known, as for a build that was reopened.
    """

    command: tuple[str, ...]
    exit_code: int
    trace: Trace
    graph: StageGraph | None
    target: str | None
    image_digest: str | None
    log: str
    message: str
    started: datetime
    duration_s: float
    log_path: Path | None = None
    image_bytes: int | None = None
    downloads: Downloads | None = None

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    def summary(self) -> Summary:
        """What it cost, in a handful of figures; all of them from the trace and the engine."""
        return Summary(
            real_s=self.trace.real_s,
            accumulated_s=self.trace.accumulated_s,
            run=self.trace.cache_share(VertexKind.RUN),
            copy=self.trace.cache_share(VertexKind.COPY),
            downloaded_bytes=self.trace.downloaded_bytes,
            context_bytes=self.trace.context_bytes,
            image_bytes=self.image_bytes,
            downloads=self.downloads,
        )

    def llb(self) -> Llb:
        """The LLB graph that BuildKit solved; see ``Trace.llb``."""
        return self.trace.llb()

    def stage_state(self, stage: str) -> State:
        """What became of a stage: its worst vertex decides, a stage never mentioned is skipped.

        A stage without work of its own (FROM and metadata alone) is as its base.
        """
        vertexes = self.trace.of_stage(stage)
        states = {v.state for v in vertexes if v.kind in WORK}
        if not self.ok and {State.RAN, State.SKIPPED} <= states and State.FAILED not in states:
            return State.CANCELLED  # begun, and cut off between two instructions
        for state in (State.FAILED, State.CANCELLED, State.RAN, State.CACHED):
            if state in states:
                return state
        if states:
            return State.SKIPPED
        sources = {v.state for v in vertexes if v.kind is VertexKind.SOURCE}
        if State.FAILED in sources:
            return State.FAILED
        return State.CACHED if sources else self._state_of_base(stage)

    def _state_of_base(self, stage: str) -> State:
        """For a stage that BuildKit never named, because it adds nothing to its base."""
        if self.graph is None:
            return State.SKIPPED
        try:
            described = self.graph.stage(stage)
            needed = self.graph.needed(self.target)
        except KeyError:
            return State.SKIPPED
        work = {i.keyword.lower() for i in described.instructions}
        if described.name not in needed or work & {kind.value for kind in WORK}:
            return State.SKIPPED
        if described.base in {s.name for s in self.graph.stages[: described.index]}:
            return self.stage_state(described.base)
        # The base image's vertex bears the name of another stage that begins with it.
        return State.CACHED if self.ok else State.SKIPPED
