"""Finds the runs of a script in a build by the lines that the script printed.

A script in an exercise's context prints, before and after its work::

    begin NAME WORK SECONDS
    end NAME WORK SECONDS

WORK is the start of sha256("NAME NONCE"), which the script computes when it runs. The nonce is
random in every grading, so a Dockerfile can neither print the lines itself nor get them by
printing the script's text. SECONDS is the machine's uptime: one clock for all vertices, finer
than a second in any shell. The script prints both lines itself, so a sleep beside it changes
nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox import Trace, Vertex

NONCE = "@lab-nonce@"
"""The placeholder in a context's files that every grading replaces by its nonce."""

_LINE = re.compile(r"^(begin|end) (\S+) ([0-9a-f]{16}) ([0-9]+(?:\.[0-9]+)?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WorkRun:
    """One run of a marked script.

    Args:
        name: The script's name for its work.
        vertex: The vertex that the script ran in.
        begin_s: Uptime of the machine when the work began.
        end_s: Uptime when the work ended, None if it never ended.
    """

    name: str
    vertex: Vertex
    begin_s: float
    end_s: float | None

    @property
    def duration_s(self) -> float:
        """Seconds from begin to end; 0.0 for work that never ended."""
        return 0.0 if self.end_s is None else self.end_s - self.begin_s


def work_text(name: str, nonce: str) -> str:
    """The text that a script prints as WORK: 16 hexadecimal digits."""
    return hashlib.sha256(f"{name} {nonce}".encode()).hexdigest()[:16]


def find_work(trace: Trace, name: str, nonce: str) -> tuple[WorkRun, ...]:
    """Every run of the marked script ``name`` in a build; empty if the script never ran.

    A vertex that came from the cache prints nothing, so no run is found in it.
    """
    expected = work_text(name, nonce)
    found: list[WorkRun] = []
    for vertex in trace.vertexes:
        open_since: list[float] = []
        for what, line_name, line_work, seconds in _LINE.findall(vertex.log):
            if line_name != name or line_work != expected:
                continue
            if what == "begin":
                open_since.append(float(seconds))
            elif open_since:
                found.append(WorkRun(name, vertex, open_since.pop(0), float(seconds)))
        found += [WorkRun(name, vertex, begin_s, None) for begin_s in open_since]
    return tuple(found)


def common_s(spans: Iterable[Iterable[tuple[float, float]]]) -> float:
    """The seconds that all sets of spans have in common; the spans of a set do not overlap."""
    sets = [list(one) for one in spans]
    common = sets[0]
    for other in sets[1:]:
        common = [
            (max(a[0], b[0]), min(a[1], b[1]))
            for a in common
            for b in other
            if max(a[0], b[0]) < min(a[1], b[1])
        ]
    return sum(end - start for start, end in common)
