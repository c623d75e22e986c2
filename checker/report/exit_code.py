"""Turns errors into a message with a next step on stderr, and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

import typer

from checker import learner
from checker.errors import CheckerError


def reported(action: Callable[[], object]) -> int:
    """Run an action; returns the exit code. Every error is printed with a next step."""
    try:
        action()
    except CheckerError as error:
        typer.echo(error.report(), err=True)
        return error.exit_code
    except SystemExit as ended:
        if ended.code == 130:
            typer.echo("Interrupted; nothing was left behind.", err=True)
        return ended.code if isinstance(ended.code, int) else 0
    except OSError as error:
        typer.echo(f"{learner.refusal(error)}\n  next: {learner.WRITABLE}", err=True)
        return 3
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        typer.echo(
            f"The checker failed: {error}\n"
            "  next: try again; if it fails again, report the lines above",
            err=True,
        )
        return 3
    return 0
