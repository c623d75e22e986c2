"""Makes an edit that no cache knows, and finds the scripts that ran again because of the edit."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build

RANDOM = "{random}"
"""The placeholder for the random part of a line to add."""


def check_line(line: str) -> None:
    """Refuse a line without the placeholder for the random part.

    Raises:
        ValueError: The placeholder is missing, so every grading would make the same edit.
    """
    if RANDOM not in line:
        raise ValueError(f"line has no {RANDOM}, so every grading would make the same edit")


def new_line(line: str) -> tuple[str, str]:
    """The line with a new random part, and that part."""
    part = secrets.token_hex(8)
    return line.replace(RANDOM, part), part


@contextmanager
def with_line(workbench: Workbench, name: str, line: str) -> Iterator[str]:
    """Add a line at the end of a file of the context for the block; yields its random part.

    Raises:
        ExerciseError: The exercise's context has no such file.
    """
    added, part = new_line(line)
    with workbench.context.edited(name, lambda text: f"{text.rstrip()}\n{added}\n"):
        yield part


def never_ran(workbench: Workbench, build: Build, names: Iterable[str]) -> str | None:
    """The first of these marked scripts that did not run in the build; None if all ran."""
    return next((name for name in names if not workbench.find_work(build, name)), None)


def again_s(workbench: Workbench, first: Build, second: Build, name: str) -> float | None:
    """Seconds that a marked script took again in the second build; None: its result was reused.

    Its result is reused only if the instruction that ran it in the first build was cached in the
    second: an instruction that runs again can hide the lines that the script prints.
    """
    if runs := workbench.find_work(second, name):
        return sum(run.duration_s for run in runs)
    places = {run.vertex.name for run in workbench.find_work(first, name)}
    hidden = [
        vertex.duration_s
        for vertex in second.trace.vertexes
        if vertex.name in places and vertex.intervals and not vertex.cached
    ]
    return sum(hidden) if hidden else None


@dataclass(frozen=True, slots=True)
class Reruns:
    """Which marked scripts ran in the build after an edit.

    Args:
        ran_s: Seconds by script, for those that ran.
        wasted: Scripts that ran although the check wants them cached.
        missed: Scripts that did not run although the check wants them to.
    """

    ran_s: dict[str, float]
    wasted: tuple[str, ...]
    missed: tuple[str, ...]

    @classmethod
    def of(
        cls,
        workbench: Workbench,
        first: Build,
        second: Build,
        keeps: Sequence[str],
        reruns: Sequence[str],
    ) -> Self:
        kept_s = {name: again_s(workbench, first, second, name) for name in keeps}
        ran_s = {name: seconds for name, seconds in kept_s.items() if seconds is not None}
        for name in reruns:
            if runs := workbench.find_work(second, name):
                ran_s[name] = sum(run.duration_s for run in runs)
        return cls(
            ran_s,
            wasted=tuple(name for name in keeps if name in ran_s),
            missed=tuple(name for name in reruns if name not in ran_s),
        )

    @property
    def rounded_s(self) -> dict[str, float]:
        """``ran_s`` rounded to milliseconds, for the evidence."""
        return {name: round(seconds, 3) for name, seconds in self.ran_s.items()}
