"""Shows a build while it runs: in a widget if the front end has widgets, else as text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import uuid4

from sandbox.build.recorder import UNREADABLE, WHOLE_LOG
from sandbox.build.running_trace import RunningTrace
from sandbox.live.live_state import LiveState, cancelled_build, final_state, running_state
from sandbox.live.log_tail import LogTails
from sandbox.live.message import sentence, state_message
from sandbox.live.plan import Plan, lay_out_stages
from sandbox.live.progress_text import progress_text
from sandbox.model.build import Build
from sandbox.model.explanation import Explanation
from sandbox.model.stage_graph import StageGraph
from sandbox.notebook.final_picture import final_picture
from sandbox.notebook.live_view import Live, LiveDisplay
from sandbox.wording import counted

EVERY_S = 0.1
"""The shortest time between two updates."""
AT_LEAST_EVERY_S = 1.0
"""The longest time between two updates: without updates the browser stops its clock."""
SHARE = 0.04
"""The largest share of one core that the view may use."""
BYTES_PER_S = 300_000


class BuildWatch(Protocol):
    """A context manager around one build, which shows the build while it runs."""

    draws: bool
    """Whether this view shows the pictures of the build."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...
    def follow(self, running: RunningTrace) -> None: ...
    def ended(self, build: Build) -> None: ...
    def close(self) -> None: ...


class TextWatch:
    """Shows the progress in words, updated in place."""

    draws = False

    def __init__(self, screen: LiveDisplay) -> None:
        self._started = datetime.now(UTC)
        self._running = RunningTrace()
        self._live = Live(screen, self._text)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, value, trace)

    def follow(self, running: RunningTrace) -> None:
        """Show the trace of the build that begins now."""
        self._running = running

    def ended(self, build: Build) -> None:
        """Do nothing: the caller shows the pictures of a finished build."""

    def close(self) -> None:
        """Do nothing: text output has no widget to free in the kernel."""

    def _text(self, last: bool) -> str:
        trace = self._running.trace(log_lines=1)
        return progress_text(trace, started=self._started, now=datetime.now(UTC), ended=last)


class WidgetWatch:
    """Shows the build in a widget, and at its end as a static picture in the same output.

    Args:
        title: The command, as it was typed.
        graph: The Dockerfile's stages, None when unknown.
        target: The target stage, None for the default.
        show: Shows a mime bundle and returns a function that replaces it.
    """

    draws = True

    def __init__(
        self,
        title: str,
        graph: StageGraph | None,
        target: str | None,
        show: Callable[[dict[str, Any]], Callable[[dict[str, Any]], None]],
    ) -> None:
        self._title = title
        self._show = show
        self._graph = graph
        self._target = target
        self._running = RunningTrace()
        self._logs = LogTails()
        self._lines_shown = 0
        self._plan: Plan = lay_out_stages(graph, target)
        self._images = [(image["id"], image["name"]) for image in self._plan.images]
        self._key = f"build-{uuid4().hex}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._shown_at = 0.0
        self._build: Build | None = None

    def __enter__(self) -> Self:
        # Imported here because the import takes half a second, and only a build needs it.
        from sandbox.notebook.widget import VIEW, BuildWidget  # noqa: PLC0415

        self._widget = BuildWidget(key=self._key, title=self._title, plan=self._plan.message())
        self._replace = self._show({VIEW: self._widget.view(), "text/plain": self._title})
        self._thread.start()
        return self

    def follow(self, running: RunningTrace) -> None:
        """Show the trace of the build that begins now; a thread reads it again for each update."""
        running.follow_log(self._logs.add)
        self._running = running

    def ended(self, build: Build) -> None:
        """Keep the record of the finished build for the final picture."""
        self._build = build

    def close(self) -> None:
        """Free the widget's memory in the kernel; the page still shows the view."""
        self._widget.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        build = self._build or cancelled_build(
            self._running.trace(), self._graph, self._target, now=datetime.now(UTC)
        )
        state = final_state(build, lines=self._logs.seen)
        notes = self._notes(state)
        self._send(state, notes, build.explanation)
        picture = final_picture(build, self._key, notes)
        text = f"{sentence(state, build.explanation)}\n\n{picture.text}"
        self._replace({"image/svg+xml": picture.svg, "text/plain": text})

    def _run(self) -> None:
        wait_s = 0.0
        while not self._over.wait(wait_s):
            is_due = time.monotonic() - self._shown_at > AT_LEAST_EVERY_S
            if self._running.lines_read == self._lines_shown and not is_due:
                wait_s = EVERY_S
                continue
            began_s = time.thread_time()
            sent_bytes = self._send(self._moment(), ())
            spent_s = time.thread_time() - began_s
            wait_s = max(EVERY_S, spent_s / SHARE, sent_bytes / BYTES_PER_S)

    def _moment(self) -> LiveState:
        self._lines_shown = self._running.lines_read
        return running_state(
            self._running.trace(),
            self._graph,
            self._target,
            now=datetime.now(UTC),
            lines=self._logs.seen,
        )

    def _send(
        self, state: LiveState, notes: tuple[str, ...], known: Explanation | None = None
    ) -> int:
        """Send the current state and new log lines; return about how many bytes were sent."""
        message = state_message(state, self._graph, self._images, notes=notes, known=known)
        # The lines go first: once a page says that the build is done, it has all of them.
        numbers = {one.vertex.digest: one.number for one in state.vertexes}
        news = self._logs.take(numbers)
        if news:
            logs = [
                {"id": numbers[new.digest], "first": new.first, "lines": list(new.lines)}
                for new in news
            ]
            self._widget.send({"keep": self._logs.most_lines, "logs": logs})
        self._widget.state = message
        self._shown_at = time.monotonic()
        return 200 * len(message["bars"]) + sum(len(line) for new in news for line in new.lines)

    def _notes(self, state: LiveState) -> tuple[str, ...]:
        """Sentences on where to find lines that the view does not show."""
        record = self._build.log_path.parent if self._build and self._build.log_path else None
        if record is None:
            return ()
        notes = []
        unreadable = len(state.trace.unreadable)
        if unreadable:
            notes.append(
                f"{counted(unreadable, 'line')} of BuildKit's report could not be read and may be "
                f"missing here; kept in {record / UNREADABLE}"
            )
        if any(one.lines > self._logs.most_lines for one in state.vertexes):
            notes.append(f"The whole log is in {record / WHOLE_LOG}")
        return tuple(notes)


def in_cell(bundle: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Show a mime bundle as an output of the running cell; returns a function that replaces it."""
    from IPython.display import display  # noqa: PLC0415  # not before there is a notebook

    handle: Any = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def replace(other: dict[str, Any]) -> None:
        handle.update(other, raw=True)

    return replace
