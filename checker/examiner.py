"""What the command line grades on the engine: whatever lies at a path.

Importing this module loads the sandbox, so the commands that need no engine leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checker.errors import SubmissionError
from checker.exercise import Exercise
from checker.grading import grade, reject
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
