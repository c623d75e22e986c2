"""Text that changes in place while work goes on, in a notebook and in a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from types import TracebackType
from typing import Any, Protocol, Self

from sandbox.notebook.front_end import is_kernel

EVERY_S = 0.25
"""Seconds between two updates."""


class LiveDisplay(Protocol):
    """A place for a text; each ``show`` replaces the text before."""

    def show(self, text: str, *, last: bool) -> None: ...


class NotebookScreen:
    """One output of a cell, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str, *, last: bool) -> None:
        from IPython.display import display  # noqa: PLC0415  # not before there is a notebook

        data = {"text/plain": text}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(data, raw=True)


class TerminalScreen:
    """Lines of a terminal that are overwritten; in a pipe or a file, only the last text."""

    def __init__(self) -> None:
        self._lines = 0

    def show(self, text: str, *, last: bool) -> None:
        if not sys.stdout.isatty():
            if last:
                sys.stdout.write(f"{text}\n")
            return
        back = f"\x1b[{self._lines}A\x1b[J" if self._lines else ""
        sys.stdout.write(f"{back}{text}\n")
        sys.stdout.flush()
        self._lines = text.count("\n") + 1


def screen_of(shell: object) -> LiveDisplay:
    """The screen that fits a shell: a shell with a kernel belongs to a notebook."""
    return NotebookScreen() if is_kernel(shell) else TerminalScreen()


class Live:
    """Renders a text again and again from a thread, while its ``with`` block runs.

    After the block the text is rendered a last time, and that text stays.

    Args:
        screen: The place where the text is shown.
        render: Returns the text, given whether this is the last call. Never called by two
            threads at once.
        every_s: Seconds between two updates; a text that has not changed is not sent again.
    """

    def __init__(
        self, screen: LiveDisplay, render: Callable[[bool], str], *, every_s: float = EVERY_S
    ) -> None:
        self._screen = screen
        self._render = render
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._shown: str | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._update(last=True)

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self._update(last=False)

    def _update(self, *, last: bool) -> None:
        text = self._render(last)
        if text and (last or text != self._shown):
            self._screen.show(text, last=last)
            self._shown = text


class Tasks:
    """Lines of work, each with its seconds, as ``Sandbox`` reports them while it starts."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, float]] = []

    def tell(self, line: str) -> None:
        """Begin a new line of work; the one before has ended."""
        self._lines.append((line, time.monotonic()))

    def text(self, _last: bool) -> str:
        """All lines so far; the seconds of the last line are still counting."""
        lines = [*self._lines, ("", time.monotonic())]
        return "\n".join(
            f"{line} {after - began:.0f} s" for (line, began), (_, after) in pairwise(lines)
        )
