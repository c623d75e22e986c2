"""A build's progress in words, laid out as buildx does in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sandbox.model.trace import Trace
from sandbox.model.vertex import State, Vertex

WIDTH = 96
MOST_LINES = 24
"""How many vertices have a line. A longer build shows the vertices that matter now."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_MARKED = (State.CACHED, State.FAILED, State.CANCELLED)


def progress_text(trace: Trace, *, started: datetime, now: datetime, ended: bool) -> str:
    """The lines ``[+] Building 1.2s (3/9)`` and `` => [stage 2/4] RUN …``; at first empty.

    Args:
        trace: What BuildKit has reported so far, with the last line of each log at least.
        started: When the command began.
        now: Aware, in UTC.
        ended: Whether the build is over.
    """
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
    """The sort key of the lines: BuildKit may mention all vertices before the first one begins."""
    return vertex.intervals[0].start if vertex.intervals else _NEVER


def _shown(begun: list[Vertex]) -> list[Vertex]:
    """The latest vertices, and all vertices that are running or failed."""
    quiet = [v.digest for v in begun if v.completed and v.error is None]
    hidden = set(quiet[: max(0, len(begun) - MOST_LINES)])
    return [v for v in begun if v.digest not in hidden]


def _lines(vertex: Vertex, *, now: datetime, ended: bool) -> Iterator[str]:
    running = not vertex.completed and not ended
    mark = f"{vertex.state.upper()} " if vertex.state in _MARKED and not running else ""
    seconds = vertex.duration_s
    if running:
        # In the trace, a running vertex ends at the time of the last line.
        seconds += (now - vertex.intervals[-1].end).total_seconds()
    name = f" => {mark}{vertex.name}"
    room = WIDTH - 9
    yield f"{name if len(name) <= room else name[: room - 1] + '…':{room}} {seconds:7.1f}s"
    if running and vertex.log.strip():
        said = vertex.log.strip().splitlines()[-1]
        yield f" => => # {said[: WIDTH - 9]}"
