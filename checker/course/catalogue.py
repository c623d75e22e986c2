"""Lists the exercises of a course, and finds the one that a learner names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from checker.course.loading import SLUG, load
from checker.errors import UsageError
from checker.exercise import Exercise

EXERCISES_VARIABLE = "BUILDKIT_LAB_EXERCISES"


def exercises_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of exercises: the one that the variable names, else the checkout's own.

    Raises:
        UsageError: There is no such folder.
    """
    named = (os.environ if environment is None else environment).get(EXERCISES_VARIABLE)
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "exercises"
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder of exercises at {folder}.",
            next_step=f"set {EXERCISES_VARIABLE} to the course's folder of exercises",
        )
    return folder.resolve()


def find_slugs(folder: Path) -> list[str]:
    """The slugs of all exercises in ``folder``, in order of their numbers."""
    return sorted(
        path.name for path in folder.iterdir() if path.is_dir() and SLUG.fullmatch(path.name)
    )


def find_exercise(name: str, folder: Path) -> Exercise:
    """The exercise with that slug, number (``1``, ``01``) or words of a slug.

    Raises:
        UsageError: There is none; the message names similar ones.
        ExerciseError: The exercise is invalid.
    """
    return load(folder / find_slug(name, folder))


def find_slug(name: str, folder: Path) -> str:
    """As ``find_exercise``, but only the slug; the exercise may be invalid.

    Raises:
        UsageError: There is none; the message names similar ones.
    """
    slugs = find_slugs(folder)
    wanted = name.strip().rstrip("/").lower()
    number = wanted.zfill(2) if wanted.isdigit() else None
    found = [
        slug
        for slug in slugs
        if slug == wanted or slug[:2] == number or slug.partition("-")[2] == wanted
    ]
    if len(found) == 1:
        return found[0]
    near = get_close_matches(wanted, slugs, n=3, cutoff=0.4) or [s for s in slugs if wanted in s]
    close = found or near
    several = "There are several exercises" if found else "There is no exercise"
    raise UsageError(
        f"{several} '{name}'." + (f" Close to it: {', '.join(close)}." if close else ""),
        next_step=f"run `checker list`{f', or try {close[0]}' if close else ''}",
    )
