"""Finds the work on each exercise, in one learner's folder or in the folders of a class."""

from __future__ import annotations

from pathlib import Path

from checker.course.catalogue import find_slug, find_slugs
from checker.course.loading import load
from checker.errors import UsageError
from checker.exercise import Exercise

SLUG_WORD = "SLUG"
"""The placeholder, in a path, for the slug of each exercise."""


def find_work(exercises: Path, where: Path) -> list[tuple[Exercise, Path]]:
    """Each exercise that somebody has worked on, and the folder of that work, in order.

    Args:
        exercises: The folder of all exercises.
        where: A folder with a folder for each exercise, or a path with ``SLUG`` in place
            of the slug, such as ``class/SLUG/ada``.

    Raises:
        UsageError: There is no work, or ``where`` is the name of an exercise.
        ExerciseError: One of these exercises is invalid.
    """
    if len(where.parts) == 1 and not where.exists():
        _refuse_exercise(exercises, where.name)
    pattern = where if SLUG_WORD in where.parts else where / SLUG_WORD
    folders = {
        slug: Path(*(slug if part == SLUG_WORD else part for part in pattern.parts))
        for slug in find_slugs(exercises)
    }
    found = [(load(exercises / slug), path) for slug, path in folders.items() if path.is_dir()]
    if not found:
        raise UsageError(
            f"There is no work at {pattern}, whatever the exercise.",
            next_step=f"run `checker start`, or name a folder; {SLUG_WORD} in it is each "
            "exercise's slug",
        )
    return found


def _refuse_exercise(exercises: Path, name: str) -> None:
    try:
        slug = find_slug(name, exercises)
    except UsageError:
        return
    raise UsageError(
        f"--all takes a folder of exercises, and {name} names one: {slug}.",
        next_step=f"to grade that one: checker grade {slug[:2]}",
    )
