"""The trace of a build that is running: one thread reads its lines, others watch."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sandbox.model.stage_graph import StageGraph
from sandbox.model.trace import Trace
from sandbox.parse.rawjson import TraceReader

TakeLog = Callable[[str, str], None]
"""Takes a vertex's digest and whole lines of its log."""


class RunningTrace:
    """A trace that grows line by line; each line is parsed once, however many watch.

    ``read_line`` and ``end`` belong to the thread that runs the build. All else may be
    called by any thread, and is cheap: the build waits while a watcher takes a trace.

    Args:
        stages: See ``TraceReader``.
        most_lines: See ``TraceReader``.
    """

    def __init__(self, stages: StageGraph | None = None, *, most_lines: int | None = None) -> None:
        self._lock = threading.Lock()
        self._reader = TraceReader(stages, most_lines=most_lines, on_log=self._pass_on)
        self._followers: list[TakeLog] = []
        self.lines_read = 0
        """The number of lines so far, by which a watcher sees whether there are new ones."""

    def follow_log(self, take: TakeLog) -> None:
        """From now on, call ``take`` with vertices' output, in the thread that runs the build.

        ``take`` must return at once and must not ask for the trace.
        """
        self._followers.append(take)

    def read_line(self, line: str) -> None:
        """Take one line of the client's output, with or without its end."""
        with self._lock:
            self._reader.read_line(line)
        self.lines_read += 1

    def end(self) -> None:
        """At the end of the build, pass on the last lines of the logs, even without line breaks."""
        with self._lock:
            self._reader.end()

    def trace(self, log_lines: int | None = 0) -> Trace:
        """The trace of all lines so far.

        Args:
            log_lines: How many of the last lines of each log the trace has; None: all lines.
        """
        with self._lock:
            return self._reader.trace(log_lines)

    def _pass_on(self, digest: str, lines: str) -> None:
        for take in self._followers:
            take(digest, lines)
