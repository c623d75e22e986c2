"""What the command line does on the engine: grade a path, prove an exercise.

Importing this module loads the sandbox, so the commands that need no engine leave it alone.
"""

from __future__ import annotations

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
from sandbox import Sandbox


def grade_path(exercise: Exercise, path: Path, *, progress: Progress) -> Grade:
    """The grade of what lies at ``path``, whatever it is.

    Raises:
        UsageError: Nothing lies there.
        ExerciseError: The exercise itself is wrong.
    """
    try:
        submission = take(exercise, path)
    except SubmissionError as error:
        return reject(exercise, f"{error.message}\nWanted: {error.next_step}.")
    return grade(exercise, submission, Sandbox(tell=progress.sandbox), progress=progress.grading)


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
