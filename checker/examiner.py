"""What the command line does on the engine: grade a path, prove an exercise.

Importing this module loads the sandbox, so the commands that need no engine leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from checker.errors import ExerciseError, SubmissionError
from checker.exercise import Exercise
from checker.grading import grade, reject
from checker.lint import find_faults
from checker.proof import disprove
from checker.report import Progress
from checker.result import Grade
from checker.submission import take
from sandbox import Build, Sandbox


def _ignore(_: Build) -> None:
    """Nobody wants to see it."""


def grade_path(
    exercise: Exercise,
    path: Path,
    *,
    progress: Progress,
    on_build: Callable[[Build], None] = _ignore,
) -> Grade:
    """The grade of what lies at ``path``, whatever it is.

    Args:
        exercise: What is wanted.
        path: A folder, or the one file.
        progress: Told what is being done, in a few words.
        on_build: Given every build that the checks make, as soon as it has ended.

    Raises:
        UsageError: Nothing lies there.
        ExerciseError: The exercise itself is wrong.
    """
    try:
        submission = take(exercise, path)
    except SubmissionError as error:
        return reject(exercise, error)
    return grade(
        exercise,
        submission,
        Sandbox(tell=progress.sandbox),
        progress=progress.grading,
        on_build=on_build,
    )


def prove(exercise: Exercise, *, progress: Progress) -> list[str]:
    """One line for each fault of an exercise; builds only when its folder is in order.

    Raises:
        UnprovenError: The sandbox failed.
    """
    try:
        return find_faults(exercise) or disprove(
            exercise,
            partial(grade, exercise, builder=Sandbox(tell=progress.sandbox)),
            progress=progress.grading,
        )
    except (ExerciseError, SubmissionError) as error:
        return [error.message]
