"""The engine of a grading: the user's own sandbox, or a clone for this grading alone."""

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
    in_clone: bool = False,
) -> Grade:
    """As ``checker.grading.grade.grade``, on the user's own sandbox or on a clone.

    Args:
        exercise: The exercise.
        submission: The submitted files.
        run: Use of the cache, and listeners.
        tell: Takes notices of the sandbox: long work that is done once, and warnings.
        cancel_token: Lets another thread cancel the grading.
        in_clone: As for ``grade``.

    Raises:
        sandbox.Cancelled: The grading was cancelled, and has cleaned up.
        checker.errors.ExerciseError: A check's params do not fit the exercise's context.
    """
    own = Sandbox(tell=tell, cancel_token=cancel_token)
    return grade(exercise, submission, own, run, in_clone=in_clone)
