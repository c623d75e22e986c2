"""BuildKit Lab's exercises, and the grading of submissions.

The names below are all that lessons and tools may rely on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import lazy_names

if TYPE_CHECKING:
    from checker.course.catalogue import exercises_folder, find_exercise, find_slugs
    from checker.course.loading import load
    from checker.errors import CheckerError, ExerciseError, SubmissionError, UsageError
    from checker.exercise import CheckSpec, Exercise
    from checker.notebook import editor, load_ipython_extension, unload_ipython_extension
    from checker.results import CheckResult, Finding, Grade, Status, Verdict

__all__ = [
    "CheckResult",
    "CheckSpec",
    "CheckerError",
    "Exercise",
    "ExerciseError",
    "Finding",
    "Grade",
    "Status",
    "SubmissionError",
    "UsageError",
    "Verdict",
    "editor",
    "exercises_folder",
    "find_exercise",
    "find_slugs",
    "load",
    "load_ipython_extension",
    "unload_ipython_extension",
]

__getattr__ = lazy_names(
    __name__,
    {
        "checker.course.catalogue": ("exercises_folder", "find_exercise", "find_slugs"),
        "checker.course.loading": ("load",),
        "checker.errors": ("CheckerError", "ExerciseError", "SubmissionError", "UsageError"),
        "checker.exercise": ("CheckSpec", "Exercise"),
        "checker.notebook": ("editor", "load_ipython_extension", "unload_ipython_extension"),
        "checker.results": ("CheckResult", "Finding", "Grade", "Status", "Verdict"),
    },
)
