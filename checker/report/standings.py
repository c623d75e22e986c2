"""How far a learner is with the course: a table for people, one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checker.learner.standing import Broken, Standing, find_next
from checker.report.status_line import is_in_notebook

VERSION = 1
_COLOURS = {"passed": "green", "tried": "yellow", "started": "yellow", "not started": ""}
_HERE = ">"
_WIDE = 200
"""Columns of an output that is no terminal; more than any row has."""


def print_standings(standings: Sequence[Standing | Broken], console: Console) -> None:
    """Print a row for each exercise, a sum, and the next step; ``>`` marks its exercise."""
    here = find_next(standings)
    # In a narrow terminal, titles are cut first; the other columns stay whole. What is no terminal,
    # such as a notebook, has room for every title.
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    for _ in range(5):
        table.add_column(no_wrap=True)
    is_wide = is_in_notebook() or not console.is_terminal
    table.add_column(ratio=None if is_wide else 1)
    for one in standings:
        table.add_row(*_row(one, is_here=one is here))
    if is_wide:
        console = Console(file=console.file, width=_WIDE, force_terminal=console.is_terminal)
    console.print(table)
    console.print(Text(_sum(standings), style="bold"))
    outdated = [one.exercise.slug[:2] for one in _readable(standings) if one.is_outdated]
    if outdated:
        start = f"checker start {outdated[0]}"
        console.print(Text(f"* changed since you started it; your work stays: {start}"))
    console.print(Text(f"next: {_next(here)}"))


def standings_as_json(standings: Sequence[Standing | Broken]) -> str:
    """The standings as one JSON object on one line."""
    here = find_next(standings)
    return json.dumps(
        {
            "version": VERSION,
            "points": sum(one.points for one in _readable(standings)),
            "max_points": sum(one.max_points for one in _readable(standings)),
            "next": here.exercise.slug if here else None,
            "exercises": [_item(one) for one in standings],
        },
        ensure_ascii=False,
    )


def _row(one: Standing | Broken, *, is_here: bool) -> tuple[Text, ...]:
    if isinstance(one, Broken):
        return tuple(map(Text, ("", one.slug, "invalid", "", "", one.why)))
    state = one.state
    if one.attempts:
        state += f", {one.points} of {one.max_points}"
    if one.is_outdated:
        state += " *"
    hints = f"{one.hints_seen}/{one.hints} hints" if one.hints_seen else ""
    return (
        Text(_HERE if is_here else "", style="bold"),
        Text(one.exercise.slug),
        Text(state, style=_COLOURS[one.state]),
        Text(hints),
        Text(f"lesson {one.exercise.lesson[:2]}"),
        Text(one.exercise.title),
    )


def _sum(standings: Sequence[Standing | Broken]) -> str:
    found = _readable(standings)
    passed = sum(one.is_passed for one in found)
    points, most = sum(one.points for one in found), sum(one.max_points for one in found)
    hints = sum(one.hints_seen for one in found)
    return (
        f"{passed} of {len(found)} passed, {points} of {most} points, "
        f"{hints} {'hint' if hints == 1 else 'hints'} seen"
    )


def _next(here: Standing | None) -> str:
    if here is None:
        return "you have passed them all; `checker reset` begins one again"
    command = "watch" if here.is_started else "start"
    return f"checker {command} {here.exercise.slug[:2]}"


def _item(one: Standing | Broken) -> dict[str, object]:
    if isinstance(one, Broken):
        return {"slug": one.slug, "state": "invalid", "message": one.why}
    return {
        "slug": one.exercise.slug,
        "title": one.exercise.title,
        "lesson": one.exercise.lesson,
        "state": one.state,
        "points": one.points,
        "max_points": one.max_points,
        "attempts": len(one.attempts),
        "hints_seen": one.hints_seen,
        "hints": one.hints,
        "is_outdated": one.is_outdated,
    }


def _readable(standings: Sequence[Standing | Broken]) -> list[Standing]:
    return [one for one in standings if isinstance(one, Standing)]
