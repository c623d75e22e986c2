"""The learner's state: the work folder, attempts and hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import lazy_names

if TYPE_CHECKING:
    from checker.learner.attempts import Attempts
    from checker.learner.class_work import find_work
    from checker.learner.isolation import Isolation
    from checker.learner.lesson_copies import LessonCopies
    from checker.learner.standing import find_next, find_standings
    from checker.learner.workspace import WRITABLE, Workspace, refusal

__all__ = [
    "WRITABLE",
    "Attempts",
    "Isolation",
    "LessonCopies",
    "Workspace",
    "find_next",
    "find_standings",
    "find_work",
    "refusal",
]

__getattr__ = lazy_names(
    __name__,
    {
        "checker.learner.attempts": ("Attempts",),
        "checker.learner.class_work": ("find_work",),
        "checker.learner.isolation": ("Isolation",),
        "checker.learner.lesson_copies": ("LessonCopies",),
        "checker.learner.standing": ("find_next", "find_standings"),
        "checker.learner.workspace": ("WRITABLE", "Workspace", "refusal"),
    },
)
