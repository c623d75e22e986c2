"""Progress on stderr: the current work and its duration."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress:
    """Shows the current work on one line with a running clock; a finished line stays.

    If stderr is not a terminal, a line is printed when its work begins. It is printed again, with
    its duration, if the work took longer than a second.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._current: str | None = None
        self._began = 0.0

    def tell(self, line: str) -> None:
        """Finish the current line and begin a new one."""
        self._finish()
        self._current, self._began = line, time.monotonic()
        if self._console.is_terminal:
            self._bars.add_task(line)
        else:
            self._print(line)

    def _finish(self) -> None:
        for task in self._bars.task_ids:
            self._bars.remove_task(task)
        if self._current is None:
            return
        seconds = time.monotonic() - self._began
        if self._console.is_terminal or seconds > 1:
            self._print(f"{self._current} {seconds:.1f} s")
        self._current = None

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        if self._console.is_terminal:  # otherwise rich would print an empty line
            self._bars.stop()
