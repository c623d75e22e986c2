"""The options that several commands ``checker class …`` have, and what they name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker import course
from checker.errors import ExerciseError

if TYPE_CHECKING:
    from checker.classroom.deadlines import Deadlines
    from checker.exercise import Exercise

BookFolder = Annotated[Path, typer.Option("--book", help="The folder of the grade book.")]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Gradings at a time. By default as cores and memory allow."),
]
Slugs = Annotated[
    list[str] | None,
    typer.Option("--exercise", help="An exercise, by slug or number; repeatable."),
]
Due = Annotated[
    Path | None,
    typer.Option("--due", help="A TOML file of deadlines, extensions and penalties; it is kept."),
]
JsonLines = Annotated[
    bool, typer.Option("--json-lines", help="Print one line of JSON for each event.")
]


def exercises_named(names: Sequence[str] | None) -> list[Exercise]:
    """The named exercises, or all of the course.

    Raises:
        UsageError: There is no such exercise. ExerciseError: It is invalid.
    """
    folder = course.exercises_folder()
    slugs = [course.find_slug(name, folder) for name in names or course.find_slugs(folder)]
    return [course.find_exercise(slug, folder) for slug in dict.fromkeys(slugs)]


def valid_exercises() -> list[Exercise]:
    """The exercises of the course, without those that are invalid."""
    folder = course.exercises_folder()
    found = []
    for slug in course.find_slugs(folder):
        try:
            found.append(course.find_exercise(slug, folder))
        except ExerciseError:
            continue
    return found


def deadlines_of(path: Path | None) -> Deadlines | None:
    """Those of a file; None: no file is named."""
    from checker.classroom.deadlines import Deadlines  # noqa: PLC0415

    slugs = course.find_slugs(course.exercises_folder())
    return None if path is None else Deadlines.read(path, slugs)
