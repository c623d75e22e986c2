"""The last lines of every vertex's log, and which of them have not been taken yet."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field

MOST_LINES = 2_000
"""The number of log lines to keep for one vertex."""
MOST_LINES_TOGETHER = 20_000
"""The number of log lines to keep for all vertices; each vertex keeps ``LEAST_LINES``."""
LEAST_LINES = 100
MOST_LETTERS = 1_000
"""The number of letters to keep of one line."""

# Colours and movements of the cursor, and all control characters except the tab.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class NewLines:
    """Lines of one vertex that have not been taken before.

    Args:
        digest: The vertex.
        first: The number of the first of these lines, from 0; larger than the number of lines
            taken before when some were dropped in between.
        lines: Without their ends.
    """

    digest: str
    first: int
    lines: tuple[str, ...]


@dataclass(slots=True)
class _Tail:
    lines: deque[str] = field(default_factory=deque)
    seen: int = 0
    taken: int = 0


class LogTails:
    """Bounded logs of a build's vertices.

    ``add`` may be called by another thread than the rest, and costs that thread almost no time:
    lines are cleaned only when ``take`` returns them.
    """

    def __init__(self) -> None:
        self._tails: dict[str, _Tail] = {}
        self._arrived: deque[tuple[str, str]] = deque()

    @property
    def most_lines(self) -> int:
        """How many lines of one vertex are kept at present."""
        self._settle()
        share = MOST_LINES_TOGETHER // max(1, len(self._tails))
        return min(MOST_LINES, max(LEAST_LINES, share))

    def add(self, digest: str, text: str) -> None:
        """Take whole lines of one vertex."""
        self._arrived.append((digest, text))

    def seen(self, digest: str) -> int:
        """How many lines a vertex has printed, including dropped lines."""
        self._settle()
        return self._tails[digest].seen if digest in self._tails else 0

    def take(self, wanted: Container[str]) -> tuple[NewLines, ...]:
        """The lines that arrived since the last call, except those dropped meanwhile.

        Args:
            wanted: Digests; lines of all other vertices wait for a later call.
        """
        self._settle()
        news = []
        for digest, tail in self._tails.items():
            count = min(tail.seen - tail.taken, len(tail.lines))
            if count and digest in wanted:
                lines = tuple(tail.lines)[-count:]
                news.append(NewLines(digest, tail.seen - count, lines))
                tail.taken = tail.seen
        return tuple(news)

    def _settle(self) -> None:
        while self._arrived:
            digest, text = self._arrived.popleft()
            is_new = digest not in self._tails
            tail = self._tails.setdefault(digest, _Tail())
            for line in text.removesuffix("\n").split("\n"):
                tail.lines.append(as_shown(line))
                tail.seen += 1
            share = MOST_LINES_TOGETHER // len(self._tails)
            most = min(MOST_LINES, max(LEAST_LINES, share))
            for shortened in self._tails.values() if is_new else (tail,):
                while len(shortened.lines) > most:
                    shortened.lines.popleft()


def as_shown(line: str) -> str:
    """A line as a terminal shows it at the end: without overwritten text, and without colours."""
    line = line.rstrip("\r").rpartition("\r")[2]
    line = _CONTROL.sub("", _ESCAPE.sub("", line))
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…"
