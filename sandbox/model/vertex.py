"""One node of the LLB graph that BuildKit solved: its kind, its times and its state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# The position of an instruction in its stage: [build 2/4] RUN make
_PLACE = re.compile(r"\[[^\]]*?(\d+)/\d+\]")
_NO_IMAGES = ("git://", "http://", "https://")


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
    IDLE = "nothing to do"  # an image that was not fetched, a stage without instructions that run
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
class CacheMount:
    """A ``RUN --mount=type=cache``.

    Args:
        key: Equal for mounts of one directory: the id, and what else tells directories apart.
        name: Its id, as readers see it.
        is_locked: Whether no other RUN may use the directory meanwhile (``sharing=locked``).
    """

    key: str
    name: str
    is_locked: bool


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
        intervals: When it ran, in order, overlaps merged. Empty: it never started. The time in
            ``waited`` is left out.
        cached: Whether BuildKit took its result from the cache.
        completed: Whether it was reported as completed.
        error: BuildKit's message, None when there was no error.
        log: Its output, both streams in order of arrival.
        transfers: Its transfers, in the order in which BuildKit first mentioned them.
        cache_mounts: The cache mounts of a RUN.
        waited: When it waited for a cache mount that another vertex used; see ``cache_mounts``.
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
    cache_mounts: tuple[CacheMount, ...] = ()
    waited: tuple[Interval, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds in which the vertex ran: the sum of the intervals, without the waits between."""
        return sum(interval.duration_s for interval in self.intervals)

    @property
    def waited_s(self) -> float:
        """Seconds in which the vertex waited for a cache mount."""
        return sum(interval.duration_s for interval in self.waited)

    @property
    def place(self) -> int | None:
        """The vertex's place in its stage, from 1; None outside of stages."""
        found = _PLACE.match(self.name)
        return int(found[1]) if found else None

    @property
    def is_image(self) -> bool:
        """Whether it provides an image: for FROM, for ``--from``, or as a named context."""
        return self.kind is VertexKind.SOURCE and not self.instruction.startswith(_NO_IMAGES)

    @property
    def state(self) -> State:
        if self.error is not None:
            return State.CANCELLED if "context canceled" in self.error else State.FAILED
        if self.is_image and (self.cached or self.completed):
            # BuildKit calls an image cached when it unpacked what it had, even with --no-cache, and
            # not cached when it looked the image up and needed no file of it.
            is_fetched = any(transfer.is_download for transfer in self.transfers)
            return State.RAN if is_fetched else State.IDLE
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
