"""Progress on a terminal and in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from checker.report import show_progress


def test_a_log_has_each_line_of_the_sandbox_once_when_its_work_begins() -> None:
    out = io.StringIO()
    with show_progress(Console(file=out, width=20)) as progress:
        progress.grading("building the default target")
        progress.sandbox("fetching lab/[busybox] from Debian (once) …")
        begun = out.getvalue()
        progress.grading("running the image")

    assert begun == "fetching lab/[busybox] from Debian (once) …\n"
    assert out.getvalue() == begun


def test_a_terminal_shows_both_and_keeps_neither() -> None:
    out = io.StringIO()
    with show_progress(Console(file=out, width=60, force_terminal=True)) as progress:
        progress.sandbox("fetching lab/[busybox]")
        progress.grading("running the image")

    assert "running the image" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K"), "the line is erased at the end"


def test_a_notebook_is_left_without_a_line_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    out = io.StringIO()
    with show_progress(Console(file=out, width=60, force_terminal=True)) as progress:
        progress.grading("building the default target")
        progress.grading("running")
    assert "\x1b" not in out.getvalue(), "a notebook does not know how to move the cursor"
    # Each return goes to the beginning of the line, where the next text is written over it.
    line = ""
    for text in out.getvalue().split("\r"):
        line = text + line[len(text) :]
    assert line.strip() == ""
