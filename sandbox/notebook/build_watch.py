"""Shows a build while it runs: in a widget where there can be one, else as text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import uuid4

from sandbox.build.recorder import UNREADABLE, WHOLE_LOG
from sandbox.live.live_state import LiveReader, LiveState
from sandbox.live.message import sentence, state_message
from sandbox.live.plan import Plan, lay_out_stages
from sandbox.live.progress_text import ProgressText
from sandbox.model.build import Build
from sandbox.model.stage_graph import StageGraph
from sandbox.notebook.final_picture import final_picture
from sandbox.notebook.live_view import Live, LiveDisplay

EVERY_S = 0.1
"""Between two updates, at least."""
AT_LEAST_EVERY_S = 1.0
"""The browser's clock stands still when it hears nothing for some time."""
SHARE = 0.04
"""Of one core, the most that watching may take."""
BYTES_PER_S = 300_000


class BuildWatch(Protocol):
    """Around one build: a context manager that is fed with its lines and told of its end."""

    draws: bool
    """Whether the pictures of the build are shown by this."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...
    def feed(self, line: str) -> None: ...
    def ended(self, build: Build) -> None: ...
    def close(self) -> None: ...


class TextWatch:
    """The progress in words, updated in place."""

    draws = False

    def __init__(self, screen: LiveDisplay) -> None:
        self._text = ProgressText()
        self._live = Live(screen, self._text.text)

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

    def feed(self, line: str) -> None:
        """Take a raw line."""
        self._text.feed(line)

    def ended(self, build: Build) -> None:
        """Nothing more to do: the pictures of a build are shown after it."""

    def close(self) -> None:
        """Nothing is kept."""


class WidgetWatch:
    """The build in a widget, and in the end as a static picture in the same output.

    Args:
        title: The command, as it was typed.
        graph: The Dockerfile's stages, None when unknown.
        target: The stage asked for, None for the default.
        show: Shows a mime bundle and returns what replaces it by another one.
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
        self._reader = LiveReader(graph, target)
        self._plan: Plan = lay_out_stages(graph, target)
        self._images = [(image["id"], image["name"]) for image in self._plan.images]
        self._key = f"build-{uuid4().hex}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._shown: dict[str, Any] = {}
        self._shown_at = 0.0
        self._build: Build | None = None

    def __enter__(self) -> Self:
        # Costs half a second, so not before there is a build to show.
        from sandbox.notebook.widget import VIEW, BuildWidget  # noqa: PLC0415

        self._widget = BuildWidget(key=self._key, title=self._title, plan=self._plan.message())
        self._replace = self._show({VIEW: self._widget.view(), "text/plain": self._title})
        self._thread.start()
        return self

    def feed(self, line: str) -> None:
        """Take a raw line; it is read by another thread."""
        self._reader.feed(line)

    def ended(self, build: Build) -> None:
        """The build is over, and this is what it was."""
        self._build = build

    def close(self) -> None:
        """Free what the kernel keeps for the view; on the page it stays."""
        self._widget.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        state = self._reader.over(self._build)
        notes = self._notes(state)
        self._send(state, notes)
        picture = final_picture(self._build or self._reader.cancelled(), self._key, notes)
        text = f"{sentence(state)}\n\n{picture.text}"
        self._replace({"image/svg+xml": picture.svg, "text/plain": text})

    def _run(self) -> None:
        wait_s = 0.0
        while not self._over.wait(wait_s):
            is_due = time.monotonic() - self._shown_at > AT_LEAST_EVERY_S
            if not self._reader.has_news and not is_due:
                wait_s = EVERY_S
                continue
            began_s = time.thread_time()
            sent_bytes = self._send(self._reader.state(), ())
            spent_s = time.thread_time() - began_s
            wait_s = max(EVERY_S, spent_s / SHARE, sent_bytes / BYTES_PER_S)

    def _send(self, state: LiveState, notes: tuple[str, ...]) -> int:
        """Send what is new; about how many bytes that were."""
        message = state_message(state, self._reader.graph, self._images, notes=notes)
        self._widget.state = self._shown = message
        self._shown_at = time.monotonic()
        numbers = {one.vertex.digest: one.number for one in state.vertexes}
        news = self._reader.logs.take(numbers)
        if news:
            logs = [
                {"id": numbers[new.digest], "first": new.first, "lines": list(new.lines)}
                for new in news
            ]
            self._widget.send({"keep": self._reader.logs.most_lines, "logs": logs})
        return 200 * len(message["bars"]) + sum(len(line) for new in news for line in new.lines)

    def _notes(self, state: LiveState) -> tuple[str, ...]:
        """Where to find what the view does not show."""
        record = self._build.log_path.parent if self._build and self._build.log_path else None
        if record is None:
            return ()
        notes = []
        unreadable = len(state.trace.unreadable)
        if unreadable:
            lines = "1 line" if unreadable == 1 else f"{unreadable} lines"
            notes.append(
                f"{lines} of BuildKit's report could not be read and may be missing here; "
                f"kept in {record / UNREADABLE}"
            )
        if any(one.lines > self._reader.logs.most_lines for one in state.vertexes):
            notes.append(f"The whole log is in {record / WHOLE_LOG}")
        return tuple(notes)


def in_cell(bundle: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Show a mime bundle as an output of the running cell; returns what replaces it."""
    from IPython.display import display  # noqa: PLC0415  # not before there is a notebook

    handle: Any = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def replace(other: dict[str, Any]) -> None:
        handle.update(other, raw=True)

    return replace
