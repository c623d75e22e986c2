"""The user's own sandbox as the engine of a grading."""

from __future__ import annotations

from collections.abc import Callable

from checker.exercise import Exercise
from checker.grading.grade import grade
from checker.grading.submission import Submission
from checker.results import Grade
from checker.workbench.grading_run import GradingRun
from sandbox import CancelToken, Sandbox


def grade_on_sandbox(
    exercise: Exercise,
    submission: Submission,
    run: GradingRun,
    *,
    tell: Callable[[str], None],
    cancel_token: CancelToken | None,
) -> Grade:
    """As ``checker.grading.grade.grade``, on the user's own sandbox.

    Args:
        exercise: The exercise.
        submission: The submitted files.
        run: Use of the cache, and listeners.
        tell: Takes notices of the sandbox: long work that is done once, and warnings.
        cancel_token: Lets another thread cancel the grading.

    Raises:
        sandbox.Cancelled: The grading was cancelled, and has cleaned up.
        checker.errors.ExerciseError: A check's params do not fit the exercise's context.
    """
    return grade(exercise, submission, Sandbox(tell=tell, cancel_token=cancel_token), run)
