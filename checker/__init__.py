"""BuildKit Lab's exercises: what they ask for, and what a submission does about it.

The names below are all that lessons and tools may rely on.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from checker.course.catalogue import exercises_folder, find_exercise, find_slugs
from checker.course.loading import load
from checker.errors import CheckerError, ExerciseError, SubmissionError, UsageError
from checker.exercise import CheckSpec, Exercise
from checker.results import CheckResult, Finding, Grade, Status, Verdict

if TYPE_CHECKING:
    from checker.notebook import editor, load_ipython_extension, unload_ipython_extension

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

_LATER = ("editor", "load_ipython_extension", "unload_ipython_extension")


def __getattr__(name: str) -> Any:
    """What only a notebook needs is imported when asked for: commands start without it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("checker.notebook"), name)
