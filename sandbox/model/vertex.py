"""One node of the LLB graph that BuildKit solved: its kind, its times and its state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class VertexKind(StrEnum):
    """The kind of operation of a vertex, read from the name that BuildKit gives the vertex."""

    SOURCE = "source"  # FROM image, a git or http source
    RUN = "run"
    COPY = "copy"
    ADD = "add"
    WORKDIR = "workdir"
    INTERNAL = "internal"  # loading the definition, the context, metadata
    IMPORT_CACHE = "import-cache"
    SCAN = "scan"  # the scan of a finished file system, for its SBOM
    EXPORT = "export"  # exporters of images and of cache
    OTHER = "other"


class State(StrEnum):
    """The state of a vertex or a stage; the value is the word that readers see.

    After a build has ended, nothing is waiting or running. Legends list the states in this order.
    """

    WAITING = "waiting"  # a running build has not begun it
    RUNNING = "running"
    RAN = "ran"
    CACHED = "cached"
    SKIPPED = "skipped"  # not needed by the target, or only by a cached vertex
    FAILED = "failed"
    CANCELLED = "cancelled"  # started, and neither finished nor failed

    @property
    def has_seconds(self) -> bool:
        """Whether pictures and texts show the seconds of a vertex or stage in this state."""
        return self in (State.RUNNING, State.RAN, State.FAILED, State.CANCELLED)


WORK = frozenset({VertexKind.RUN, VertexKind.COPY, VertexKind.ADD, VertexKind.WORKDIR})
"""Kinds of vertices that run a Dockerfile's instructions, unlike loading and exporting."""


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
    """A transfer of bytes into one vertex, as BuildKit counts them.

    Args:
        name: BuildKit's: ``transferring context:`` for files from the client, a digest for a
            downloaded blob.
        moved_bytes: So far.
        total_bytes: None when BuildKit does not know beforehand.
    """

    name: str
    moved_bytes: int
    total_bytes: int | None

    @property
    def is_download(self) -> bool:
        """Whether this is a blob of an image or of an imported cache."""
        return self.name.startswith("sha256:")

    @property
    def is_context(self) -> bool:
        """Whether the client sends this: a build context, a Dockerfile or a ``.dockerignore``."""
        return self.name.startswith("transferring ")


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of the LLB graph, with everything that the build reported about it.

    Args:
        digest: BuildKit's name for it.
        name: BuildKit's text for it, such as ``[build 2/4] RUN make``.
        inputs: Digests of the vertices whose results it needs (the LLB's edges).
        kind: The kind of operation.
        stage: The stage it belongs to; None if it belongs to none.
        platform: As BuildKit prints it (``linux/arm64``); None when no platform was requested.
        build_platform: Set when the vertex runs on another platform than it builds for.
        instruction: The Dockerfile instruction alone, without the bracketed part.
        intervals: When it ran, in order, overlaps merged. Empty: it never started.
        cached: Whether BuildKit took its result from the cache.
        completed: Whether it was reported as completed.
        error: BuildKit's message, None when there was no error.
        log: Its output, both streams in order of arrival.
        transfers: Its transfers, in the order in which BuildKit first mentioned them.
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
        """Seconds in which the vertex ran: the sum of the intervals, without the waits between."""
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


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The fewest intervals, in order, that cover the same time as these."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: (i.start, i.end)):
        if merged and interval.start <= merged[-1].end:
            last = merged.pop()
            merged.append(Interval(last.start, max(last.end, interval.end)))
        else:
            merged.append(interval)
    return tuple(merged)
