"""A trace of one build: the vertices that BuildKit ran, and figures computed from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandbox.model.critical_path import critical_path
from sandbox.model.llb import Llb
from sandbox.model.summary import CacheShare
from sandbox.model.vertex import WORK, Interval, State, Vertex, VertexKind, merge

_BEFOREHAND = ("load build definition", "load .dockerignore")


@dataclass(frozen=True, slots=True)
class Warning:
    """The result of a build check, or another warning that BuildKit attached to a build.

    Args:
        rule: The check's name (``FromAsCasing``), None when BuildKit gave no name.
        message: One line.
        detail: The longer text, may be empty.
        url: Documentation; None when BuildKit gave no address.
        line: The first line of the Dockerfile that it concerns, from 1; None when unknown.
    """

    rule: str | None
    message: str
    detail: str = ""
    url: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace of one build: everything that BuildKit reported.

    Args:
        vertexes: In the order in which BuildKit first mentioned them.
        warnings: In order of arrival.
        plain: Text lines between the JSON lines: the final error report and buildx's own notes.
        unreadable: Lines that looked like JSON and could not be read.
        log: All output of the instructions, whole lines in order of arrival.
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

    @property
    def has_begun(self) -> bool:
        """Whether more than set-up began: a base image, an instruction or an export."""
        return any(v.intervals and v.kind is not VertexKind.INTERNAL for v in self.vertexes)

    @property
    def failed_transfers(self) -> tuple[Vertex, ...]:
        """The exports and cache imports that failed; a build may succeed in spite of them."""
        kinds = (VertexKind.EXPORT, VertexKind.IMPORT_CACHE)
        return tuple(v for v in self.vertexes if v.kind in kinds and v.state is State.FAILED)

    def of_stage(self, stage: str) -> tuple[Vertex, ...]:
        """The vertices of one stage on all platforms; empty when the stage never appeared."""
        return tuple(v for v in self.vertexes if v.stage == stage)

    def busy(self, stage: str) -> tuple[Interval, ...]:
        """The time in which instructions of a stage ran, merged; sources (FROM) are left out."""
        return merge(i for v in self.of_stage(stage) if v.kind in WORK for i in v.intervals)

    def busy_s(self, stage: str) -> float:
        """Seconds in which at least one instruction of the stage ran."""
        return sum(interval.duration_s for interval in self.busy(stage))

    def overlap_s(self, one: str, other: str) -> float:
        """Seconds in which instructions of both stages ran at the same time."""
        return sum(
            max(0.0, (min(a.end, b.end) - max(a.start, b.start)).total_seconds())
            for a in self.busy(one)
            for b in self.busy(other)
        )

    @property
    def origin(self) -> datetime | None:
        """When the first vertex began; None before that."""
        starts = (i.start for v in self.vertexes for i in (*v.waited, *v.intervals))
        return min(starts, default=None)

    @property
    def real_s(self) -> float:
        """Seconds from the first start to the last end of any vertex, as on a wall clock."""
        origin = self.origin
        ends = [interval.end for v in self.vertexes for interval in v.intervals]
        return (max(ends) - origin).total_seconds() if origin is not None and ends else 0.0

    @property
    def accumulated_s(self) -> float:
        """Seconds of all vertices added up: the time they would take one after the other."""
        return sum(v.duration_s for v in self.vertexes)

    @property
    def downloaded_bytes(self) -> int:
        """Bytes of downloaded blobs, each blob once; see ``Summary`` for what is not counted."""
        blobs: dict[str, int] = {}
        for transfer in (t for v in self.vertexes for t in v.transfers if t.is_download):
            # Two vertices that wait for the same blob both report it.
            blobs[transfer.name] = max(blobs.get(transfer.name, 0), transfer.moved_bytes)
        return sum(blobs.values())

    @property
    def context_bytes(self) -> int:
        """Bytes of build contexts that the client sent."""
        return sum(
            transfer.moved_bytes
            for vertex in self.vertexes
            # The Dockerfile and the .dockerignore are read before the build begins.
            if not vertex.instruction.startswith(_BEFOREHAND)
            for transfer in vertex.transfers
            if transfer.is_context
        )

    def cache_share(self, kind: VertexKind) -> CacheShare:
        """How many vertices of a kind, such as RUN or COPY, came from the cache."""
        states = [v.state for v in self.vertexes if v.kind is kind]
        return CacheShare(cached=states.count(State.CACHED), total=len(states))

    def llb(self) -> Llb:
        """The LLB graph into which the front end translated the Dockerfile.

        Vertices that only report on a build, such as loading the Dockerfile and exporting the
        image, are not part of it: they have no edges.
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
        """The chain of vertices, along the LLB's edges, whose seconds add up to the most.

        The build gets faster only if this chain does, however many cores there are.
        """
        return critical_path(self.vertexes)
