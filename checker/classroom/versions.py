"""Digests of an exercise, and of checker and sandbox, by which a grade knows that it is stale."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import sandbox
from checker.classroom.book_entries import Versions
from checker.course.digests import add_file, add_folder
from checker.exercise import Exercise

_CHECKER = Path(__file__).parents[1]
_ONLY_SHOWN = {
    _CHECKER: ("classroom", "cli.py", "learner", "notebook", "report", "watch"),
    Path(str(sandbox.__file__)).parent: ("cli.py", "live", "notebook", "shell_command.py", "views"),
}
"""Parts that show a grade, or bring submissions to it, and cannot change it."""
_DIGITS = 16


def versions_of(exercise: Exercise) -> Versions:
    """The versions that a grade of this exercise would be made by now."""
    digest = hashlib.sha256()
    # Hints, texts, solutions and near-misses are for people: no grade depends on them.
    add_file(digest, "exercise.toml", exercise.text("exercise.toml").encode())
    add_folder(digest, exercise.context)
    return Versions(digest.hexdigest()[:_DIGITS], _checker())


@cache
def _checker() -> str:
    digest = hashlib.sha256()
    for folder, without in _ONLY_SHOWN.items():
        add_folder(digest, folder, without=without)
    return digest.hexdigest()[:_DIGITS]
