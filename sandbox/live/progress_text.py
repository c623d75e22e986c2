"""A build's progress in words, laid out as buildx does in a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime

from sandbox.model.trace import Trace
from sandbox.model.vertex import State, Vertex
from sandbox.parse.rawjson import TraceReader

WIDTH = 96
MOST_LINES = 24
"""Of vertexes; of a longer build the ones that matter now."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_MARKS = {State.CACHED: "CACHED ", State.FAILED: "ERROR ", State.CANCELLED: "CANCELED "}


class ProgressText:
    """Takes the lines of a running build and says how far it is.

    ``feed`` and ``text`` may be called by different threads, each by one.
    """

    def __init__(self) -> None:
        self._arrived: deque[str] = deque()
        # Of each log the last line is shown.
        self._reader = TraceReader(most_lines=1)
        self._started = datetime.now(UTC)

    def feed(self, line: str) -> None:
        """Takes a raw line. Costs the build nothing: it is read when ``text`` is asked for."""
        self._arrived.append(line)

    def text(self, last: bool) -> str:
        """What buildx would show now; with ``last`` for a build that has ended."""
        while self._arrived:
            self._reader.feed(self._arrived.popleft())
        return progress_text(
            self._reader.trace(), started=self._started, now=datetime.now(UTC), ended=last
        )


def progress_text(trace: Trace, *, started: datetime, now: datetime, ended: bool) -> str:
    """The lines ``[+] Building 1.2s (3/9)`` and `` => [stage 2/4] RUN …``; empty before any."""
    begun = sorted((v for v in trace.vertexes if v.intervals or v.completed), key=_began)
    if not begun:
        return ""
    done = sum(vertex.completed for vertex in trace.vertexes)
    head = f"[+] Building {(now - started).total_seconds():.1f}s ({done}/{len(trace.vertexes)})"
    if ended and done == len(trace.vertexes):
        head += " FINISHED"
    shown = _shown(begun)
    lines = [head]
    if len(shown) < len(begun):
        lines.append(f" => … {len(begun) - len(shown)} more that are done")
    for vertex in shown:
        lines += _lines(vertex, now=now, ended=ended)
    return "\n".join(lines)


def _began(vertex: Vertex) -> datetime:
    """In order of this, and not of mention: BuildKit may mention a whole plan before it begins."""
    return vertex.intervals[0].start if vertex.intervals else _NEVER


def _shown(begun: list[Vertex]) -> list[Vertex]:
    """The latest, and whatever is at work or failed."""
    quiet = [v.digest for v in begun if v.completed and v.error is None]
    hidden = set(quiet[: max(0, len(begun) - MOST_LINES)])
    return [v for v in begun if v.digest not in hidden]


def _lines(vertex: Vertex, *, now: datetime, ended: bool) -> Iterator[str]:
    running = not vertex.completed and not ended
    mark = "" if running else _MARKS.get(vertex.state, "")
    seconds = vertex.duration_s
    if running:
        # A vertex at work ends, for the trace, with the last line that arrived.
        seconds += (now - vertex.intervals[-1].end).total_seconds()
    name = f" => {mark}{vertex.name}"
    room = WIDTH - 9
    yield f"{name if len(name) <= room else name[: room - 1] + '…':{room}} {seconds:7.1f}s"
    if running and vertex.log.strip():
        said = vertex.log.strip().splitlines()[-1]
        yield f" => => # {said[: WIDTH - 9]}"
