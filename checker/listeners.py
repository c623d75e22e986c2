"""Callables that receive progress messages, so that grading does not depend on a display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import typer


@dataclass(frozen=True, slots=True)
class Listeners:
    """The receivers of progress: of frequent status, rare notices, and report text.

    Args:
        grading: Takes the current activity of a grading, many times in each.
        sandbox: Takes notices of the sandbox: long work that is done once, and warnings.
        report: Takes a part of the report, which goes to stdout while the work goes on.
    """

    grading: Callable[[str], None]
    sandbox: Callable[[str], None]
    report: Callable[[str], None] = typer.echo
