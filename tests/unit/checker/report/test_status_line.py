"""Progress on a terminal and in a log."""

from __future__ import annotations

import io

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
