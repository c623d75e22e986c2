"""Parses the stderr of ``docker buildx build --progress=rawjson``.

Each line is a SolveStatus of BuildKit's control API as JSON, with ``vertexes``, ``statuses``,
``logs`` and ``warnings``. Among them are lines of plain text, such as the error report at the end.
BuildKit reports a vertex whenever it starts or ends. A vertex may start more than once; each start
begins an interval of its own.

Source: https://github.com/moby/buildkit/blob/master/client/graph.go (the fields) and
https://github.com/moby/buildkit/blob/master/solver/jobs.go (when each report is sent).
"""

from __future__ import annotations

import base64
import codecs
import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sandbox.model.cache_mount_turns import without_waits
from sandbox.model.stage_graph import StageGraph
from sandbox.model.trace import Trace, Warning
from sandbox.model.vertex import Interval, Transfer, Vertex, merge
from sandbox.parse.reported_mounts import read_cache_mounts
from sandbox.parse.vertex_name import VertexName, read_vertex_name

_KNOWN = frozenset({"vertexes", "statuses", "logs", "warnings"})
_RULE = re.compile(r"([A-Z][A-Za-z0-9]+): (.+)", re.DOTALL)
_LINE = re.compile(r" \(line (\d+)\)$")
# Lines of buildx that are not part of the error report: warnings, and links to click.
_NOTE = re.compile(r"WARNING: |View build details: |What's next|\s*$")


def read_trace(lines: Iterable[str | bytes], stages: StageGraph | None = None) -> Trace:
    """Read a whole build at once; see ``TraceReader`` for the arguments."""
    reader = TraceReader(stages)
    for line in lines:
        reader.read_line(line)
    return reader.trace()


def error_report(trace: Trace) -> str:
    """The error report that buildx printed at the end of a failed build; empty: there is none."""
    first = next((n for n, line in enumerate(trace.plain) if not _NOTE.match(line)), None)
    if first is None or not any(line.startswith("ERROR: ") for line in trace.plain):
        return ""
    lines = [line for line in trace.plain[first:] if not line.startswith("View build details: ")]
    return "\n".join(lines).rstrip()


class TraceReader:
    """A trace that grows line by line, so that a build can be watched while it runs.

    Args:
        stages: The Dockerfile's stages, None when unknown. BuildKit leaves out the name of an only
            stage, and does not tell apart stages of one name.
        most_lines: How many lines to keep, always the last ones: so many of each vertex's log, and
            ten times as many of the whole build's log. None: all lines.
        on_log: Called with a vertex's digest and whole lines of its log, as they arrive.
    """

    def __init__(
        self,
        stages: StageGraph | None = None,
        *,
        most_lines: int | None = None,
        on_log: Callable[[str, str], None] | None = None,
    ) -> None:
        self._stages = stages
        is_only = stages is not None and len(stages.stages) == 1
        self._only_stage = stages.stages[0].name if stages is not None and is_only else "stage-0"
        self._most_lines = most_lines
        self._on_log = on_log
        self._vertexes: dict[str, _Growing] = {}
        self._warnings: list[Warning] = []
        self._plain: list[str] = []
        self._unreadable: list[str] = []
        self._log = _Log(None if most_lines is None else 10 * most_lines)
        self._latest: datetime | None = None

    def read_line(self, line: str | bytes) -> None:
        """Take one line, with or without its end. Its content never raises an error."""
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        text = text.rstrip("\r\n")
        if not text.startswith("{"):
            self._plain.append(text)
            return
        try:
            status = json.loads(text)
            if status and not _KNOWN & status.keys():
                raise ValueError("not a SolveStatus")
            # A line counts as a whole or not at all, so every error must occur before it changes
            # the state.
            reports = [_Report.read(item) for item in status.get("vertexes") or ()]
            chunks = [_Chunk.read(item) for item in status.get("logs") or ()]
            moved = [_Moved.read(item) for item in status.get("statuses") or ()]
            warnings = [_read_warning(item) for item in status.get("warnings") or ()]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._unreadable.append(text)
            return
        for report in reports:
            self._take(report)
        for chunk in chunks:
            self._see(chunk.at)
            whole = self._vertex(chunk.digest).print(chunk)
            self._log.take(chunk)
            if whole and self._on_log is not None:
                self._on_log(chunk.digest, whole)
        for transfer in moved:
            if transfer.is_of_bytes:
                self._vertex(transfer.digest).move(transfer)
        self._warnings += warnings

    def end(self) -> None:
        """At the end of the build, pass on the last lines of the logs, even without line breaks."""
        if self._on_log is not None:
            for digest, growing in self._vertexes.items():
                for rest in growing.log.rests():
                    self._on_log(digest, f"{rest}\n")

    def trace(self, log_lines: int | None = None) -> Trace:
        """The trace of all lines so far.

        A vertex that is still running ends, for now, at the latest time that was seen.

        Args:
            log_lines: How many of the last lines of each log the trace has. None: all lines that
                were kept. 0 makes the trace cheap while a build prints a lot.
        """
        return Trace(
            vertexes=without_waits(
                [
                    growing.vertex(self._latest, log_lines)
                    for growing in self._vertexes.values()
                    # A log alone does not say which vertex printed it.
                    if growing.report is not None
                ]
            ),
            warnings=tuple(self._warnings),
            plain=tuple(self._plain),
            unreadable=tuple(self._unreadable),
            log=self._log.text(log_lines),
        )

    def _take(self, report: _Report) -> None:
        self._see(report.started)
        self._see(report.completed)
        self._vertex(report.digest).take(report, self._read_name)

    def _read_name(self, name: str) -> VertexName:
        read = read_vertex_name(name, self._only_stage)
        if self._stages is None or read.stage is None:
            return read
        return replace(read, stage=self._stages.reported(read.stage, read.instruction))

    def _vertex(self, digest: str) -> _Growing:
        if digest not in self._vertexes:
            self._vertexes[digest] = _Growing(_Log(self._most_lines))
        return self._vertexes[digest]

    def _see(self, time: datetime | None) -> None:
        if time is not None and (self._latest is None or time > self._latest):
            self._latest = time


@dataclass(frozen=True, slots=True)
class _Report:
    """An element of ``vertexes``, with checked types."""

    digest: str
    name: str
    inputs: tuple[str, ...]
    started: datetime | None
    completed: datetime | None
    cached: bool
    error: str | None

    @classmethod
    def read(cls, item: dict[str, Any]) -> _Report:
        return cls(
            digest=_text(item["digest"]),
            name=_text(item.get("name", "")),
            inputs=tuple(_text(digest) for digest in item.get("inputs") or ()),
            started=_time(item.get("started")),
            completed=_time(item.get("completed")),
            cached=item.get("cached") is True,
            error=_text(item.get("error", "")) or None,
        )


@dataclass(frozen=True, slots=True)
class _Chunk:
    """An element of ``logs``, with checked types."""

    digest: str
    stream: int
    data: bytes
    at: datetime | None

    @classmethod
    def read(cls, item: dict[str, Any]) -> _Chunk:
        return cls(
            digest=_text(item["vertex"]),
            stream=int(item.get("stream", 1)),
            data=base64.b64decode(_text(item.get("data") or ""), validate=True),
            at=_time(item.get("timestamp")),
        )


@dataclass(frozen=True, slots=True)
class _Moved:
    """An element of ``statuses``, with checked types: the progress of a part of a vertex's work.

    Source: https://github.com/moby/buildkit/blob/master/util/pull/pullprogress/progress.go (blobs)
    and https://github.com/moby/buildkit/blob/master/source/local/source.go (contexts).
    """

    digest: str
    id: str
    current: int
    total: int

    @classmethod
    def read(cls, item: dict[str, Any]) -> _Moved:
        return cls(
            digest=_text(item["vertex"]),
            id=_text(item["id"]),
            current=int(item.get("current") or 0),
            total=int(item.get("total") or 0),
        )

    @property
    def is_of_bytes(self) -> bool:
        """Whether the part transfers bytes. Other parts, such as resolving a name, have no size."""
        return self.current > 0 or self.total > 0


class _Log:
    """Output of one vertex, or of a whole build, as whole lines in order of arrival.

    A chunk may end within a line, and within a character: an incomplete line waits for the
    rest from its own stream. If there are more than ``most_lines`` lines, the first ones are
    dropped.
    """

    def __init__(self, most_lines: int | None) -> None:
        self._lines: deque[str] = deque(maxlen=most_lines)
        self._open: dict[tuple[str, int], tuple[codecs.IncrementalDecoder, str]] = {}

    def take(self, chunk: _Chunk) -> str:
        """Take a chunk; return the lines that it completes."""
        key = (chunk.digest, chunk.stream)
        decoder, rest = self._open.get(key) or (_decoder(), "")
        whole, newline, rest = (rest + decoder.decode(chunk.data)).rpartition("\n")
        self._open[key] = (decoder, rest)
        lines = whole + newline
        self._lines.extend(lines.splitlines(keepends=True))
        return lines

    def rests(self) -> list[str]:
        """Beginnings of lines whose ends have not arrived yet."""
        return [rest for _, rest in self._open.values() if rest]

    def text(self, most_lines: int | None) -> str:
        """The last ``most_lines`` lines; None: all lines that are kept."""
        if most_lines == 0:
            return ""
        lines: Iterable[str] = self._lines
        if most_lines is not None and most_lines < len(self._lines):
            lines = reversed(list(islice(reversed(self._lines), most_lines)))
        return "".join(lines) + "\n".join(self.rests())


@dataclass(slots=True)
class _Growing:
    """A vertex, and what was reported about it so far."""

    log: _Log
    report: _Report | None = None
    name: VertexName | None = None
    inputs: tuple[str, ...] = ()
    # The runs by start: when each ended (None: not yet), and whether it was not real work.
    runs: dict[datetime, tuple[datetime | None, bool]] = field(default_factory=dict)
    moved: dict[str, _Moved] = field(default_factory=dict)
    # The last result of _build, without the log; None if anything has changed since.
    built: Vertex | None = None

    def take(self, report: _Report, read_name: Callable[[str], VertexName]) -> None:
        if self.name is None or (self.report is not None and report.name != self.report.name):
            self.name = read_name(report.name)
        self.report = report
        # A result from an imported cache is downloaded when a vertex needs it. The reports about
        # the download are not marked as cached and have no inputs. Source:
        # https://github.com/moby/buildkit/blob/master/util/progress/controller/controller.go
        fetches = bool(self.inputs) and not report.inputs
        self.inputs = report.inputs or self.inputs
        if report.started is not None:
            self.runs[report.started] = (report.completed, report.cached or fetches)
        self.built = None

    def print(self, chunk: _Chunk) -> str:
        return self.log.take(chunk)

    def move(self, moved: _Moved) -> None:
        self.moved[moved.id] = moved
        self.built = None

    def vertex(self, latest: datetime | None, log_lines: int | None) -> Vertex:
        if self.built is None or any(end is None for end, _ in self.runs.values()):
            self.built = self._build(latest)
        log = self.log.text(log_lines)
        return replace(self.built, log=log) if log else self.built

    def _build(self, latest: datetime | None) -> Vertex:
        assert self.report is not None
        assert self.name is not None
        return Vertex(
            digest=self.report.digest,
            name=self.report.name,
            inputs=self.inputs,
            kind=self.name.kind,
            stage=self.name.stage,
            platform=self.name.platform,
            build_platform=self.name.build_platform,
            instruction=self.name.instruction,
            intervals=merge(
                Interval(start, max(start, end or latest or start))
                for start, (end, _) in self.runs.items()
            ),
            cached=self._cached(),
            completed=self.report.completed is not None,
            error=self.report.error,
            transfers=tuple(
                Transfer(moved.id, moved.current, moved.total or None)
                for moved in self.moved.values()
            ),
            cache_mounts=read_cache_mounts(self.name.instruction),
        )

    def _cached(self) -> bool:
        spared = [no_work for _, no_work in self.runs.values()]
        # A vertex without inputs (FROM, the context) also reports the computation of its cache
        # key, as not cached. A vertex with inputs reports a cache hit, a download, or its work.
        return any(spared) and (not self.inputs or all(spared))


def _read_warning(item: dict[str, Any]) -> Warning:
    short = _unpack(item.get("short"))
    in_text = _LINE.search(short)
    rule = _RULE.fullmatch(_LINE.sub("", short))
    ranges = item.get("range") or ()
    line = int(ranges[0]["start"]["line"]) if ranges else None
    if line is None and in_text is not None:
        line = int(in_text[1])
    return Warning(
        rule=rule[1] if rule else None,
        message=" ".join((rule[2] if rule else short).split()),
        detail="\n".join(_unpack(detail) for detail in item.get("detail") or ()),
        url=_text(item.get("url") or "") or None,
        line=line,
    )


def _unpack(data: Any) -> str:
    return base64.b64decode(_text(data or ""), validate=True).decode("utf-8", "replace")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a string was expected, not {value!r}")
    return value


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    time = datetime.fromisoformat(_text(value))
    if time.tzinfo is None:
        raise ValueError(f"a time without a zone: {value!r}")
    return time.astimezone(UTC)


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")
