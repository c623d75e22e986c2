"""What can go wrong in the checker itself, as against in a learner's build.

    CheckerError                 anything below; carries ``next_step`` and the exit code
    ├── UsageError               a slug or a path that is not there                   (2)
    ├── ExerciseError            an exercise's own folder is wrong: its author's fault (4)
    ├── SubmissionError          what was handed in cannot be graded at all           (1)
    └── UnprovenError            the sandbox failed while an exercise was being proven (3)

A failed check is none of these: it is a ``Finding``. Faults of the sandbox stay
``sandbox.SandboxError``; grading turns them into the verdict ``infrastructure``.
"""

from __future__ import annotations

from typing import ClassVar


class CheckerError(Exception):
    """What happened, and one line that the reader can act on."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def report(self) -> str:
        """The whole error as plain text, next step last."""
        return f"{self.message}\n  next: {self.next_step}"

    def _render_traceback_(self) -> list[str]:
        # IPython's own protocol: the code it went through helps no learner.
        return self.report().splitlines()


class UsageError(CheckerError):
    """A slug or a path that is not there."""

    exit_code = 2


class ExerciseError(CheckerError):
    """An exercise's own folder is wrong: a matter for its author, not for the learner."""

    exit_code = 4


class SubmissionError(CheckerError):
    """What was handed in cannot be graded at all: missing, empty, too big, not a text."""

    exit_code = 1


class UnprovenError(CheckerError):
    """The sandbox failed, which says nothing about the exercise that was being proven."""
