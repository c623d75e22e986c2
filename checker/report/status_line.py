"""The status line on stderr; without a terminal, only the sandbox's notices are printed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from checker.listeners import Listeners

_OF_KERNELS = "JPY_PARENT_PID"
"""Set for a kernel and its children. Source: ipykernel, parentpoller.py."""


def is_in_notebook() -> bool:
    """Whether a notebook shows the output, also of ``!checker grade 01``, which has a terminal."""
    return _OF_KERNELS in os.environ


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[Listeners]:
    """Show the latest activity with a clock, and erase it at the end.

    Without a terminal, each notice of the sandbox is printed when its work begins.

    Args:
        console: Where to print; None: stderr.
    """
    console = console or Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield Listeners(
            grading=lambda _: None,
            sandbox=lambda text: console.print(text, markup=False, soft_wrap=True),
        )
        return
    if is_in_notebook():
        with _one_line(console) as listeners:
            yield listeners
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")

        def show(text: str) -> None:
            bar.update(task, description=text)

        def report(text: str) -> None:
            bar.stop()  # stdout may be the same terminal
            typer.echo(text)
            bar.start()

        yield Listeners(show, show, report)


@contextmanager
def _one_line(console: Console) -> Iterator[Listeners]:
    """A line that is overwritten: of a terminal's controls, a notebook knows the return alone."""
    shown = ""

    def show(text: str) -> None:
        nonlocal shown
        blanks = " " * (len(shown) - len(text))
        console.file.write(f"\r{text}{blanks}")
        console.file.flush()
        shown = text

    def report(text: str) -> None:
        show("")
        typer.echo(f"\r{text}")

    try:
        yield Listeners(show, show, report)
    finally:
        show("")
        console.file.write("\r")
        console.file.flush()
