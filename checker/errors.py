"""Errors of the checker itself, as opposed to failures of a learner's build.

    CheckerError                 anything below; carries ``next_step`` and the exit code
    ├── UsageError               a slug or a path does not exist                      (2)
    ├── ExerciseError            an exercise's folder is wrong: its author's fault    (4)
    ├── SubmissionError          a submission cannot be graded at all                 (1)
    │   └── UnreadableFileError  its file cannot be read, by trouble of the machine   (3)
    ├── UnprovenError            the sandbox failed while an exercise was being proven (3)
    └── ClusterError             no machine can grade, or the scheduler is gone       (3)

A failed check is none of these: it is a ``Finding``. Faults of the sandbox stay
``sandbox.SandboxError``; grading turns them into the verdict ``infrastructure``.
"""

from __future__ import annotations

from typing import ClassVar


class CheckerError(Exception):
    """What happened, with one line that says what to do next."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def report(self) -> str:
        """The error as plain text, the next step last."""
        return f"{self.message}\n  next: {self.next_step}"

    def _render_traceback_(self) -> list[str]:
        # IPython's protocol for an error's text: a traceback does not help a learner.
        return self.report().splitlines()


class UsageError(CheckerError):
    """A slug or a path that does not exist."""

    exit_code = 2


class ExerciseError(CheckerError):
    """An exercise's folder is wrong: its author must correct it, not the learner."""

    exit_code = 4


class SubmissionError(CheckerError):
    """A submission that cannot be graded at all: missing, empty, too big, or not text."""

    exit_code = 1


class UnreadableFileError(SubmissionError):
    """The machine cannot read a file, such as one without a right for its reader: nobody's zero."""

    exit_code = 3


class UnprovenError(CheckerError):
    """The sandbox failed while an exercise was being proven; nothing is known about it."""


class ClusterError(CheckerError):
    """No machine can grade, or the scheduler is gone; what was graded is kept."""
