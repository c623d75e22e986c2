"""BuildKit Lab's exercises: what they ask for, and what a submission does about it.

The names below are all that lessons and tools may rely on.
"""

from checker.catalogue import exercises_folder, find_exercise, find_slugs
from checker.errors import CheckerError, ExerciseError, SubmissionError, UsageError
from checker.exercise import CheckSpec, Exercise, load
from checker.result import CheckResult, Finding, Grade, Status, Verdict

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
    "exercises_folder",
    "find_exercise",
    "find_slugs",
    "load",
]
