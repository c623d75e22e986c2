"""What the command line does on the engine: grade a path, watch a folder.

Importing this module loads the sandbox, so the commands that need no engine leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checker.checks import WARM
from checker.errors import SubmissionError
from checker.exercise import Exercise
from checker.grading.grade import grade
from checker.grading.measurement import reject
from checker.grading.submission import take
from checker.listeners import Listeners
from checker.results import Grade
from checker.workbench.grading_run import GradingRun
from sandbox import Build, CancelToken, Sandbox


def _ignore(_: Build) -> None:
    """Nobody wants to see it."""


def grade_path(
    exercise: Exercise,
    path: Path,
    *,
    progress: Listeners,
    on_build: Callable[[Build], None] = _ignore,
    use_cache: bool = False,
    cancel_token: CancelToken | None = None,
) -> Grade:
    """The grade of what lies at ``path``, whatever it is.

    Args:
        exercise: What is wanted.
        path: A folder, or the one file.
        progress: Told what is being done, in a few words.
        on_build: Given every build that the checks make, as soon as it has ended.
        use_cache: Reuse the builder's cache, where what the exercise measures allows it.
        cancel_token: By which another thread can end it.

    Raises:
        UsageError: Nothing lies there.
        Cancelled: It was asked to end, and nothing of it is left behind.
        ExerciseError: The exercise itself is wrong.
    """
    try:
        submission = take(exercise, path)
    except SubmissionError as error:
        return reject(exercise, error)
    return grade(
        exercise,
        submission,
        Sandbox(tell=progress.sandbox, cancel_token=cancel_token),
        GradingRun(
            use_cache=use_cache and all(spec.kind in WARM for spec in exercise.checks),
            progress=progress.grading,
            on_build=on_build,
        ),
    )
