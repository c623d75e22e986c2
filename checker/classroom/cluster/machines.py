"""The port to the machines that grade: one sandbox a machine, one submission at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from checker.classroom.book_entries import Versions
from checker.classroom.build_pictures import GradedBuilds
from checker.exercise import Exercise
from checker.grading.submission import Submission
from checker.results import Grade


@dataclass(frozen=True, slots=True)
class Request:
    """One submission for a machine, and the versions by which it must be graded."""

    exercise: Exercise
    submission: Submission
    versions: Versions


class AnswerKind(StrEnum):
    """What came back from a machine."""

    GRADE = "grade"
    INVALID_EXERCISE = "invalid exercise"
    DIFFERS = "differs"  # the machine has another version of something
    FAULT = "fault"  # of the machine


@dataclass(frozen=True, slots=True)
class MachineAnswer:
    """What a machine answered; ``why`` is there for everything but ``GRADE``.

    Args:
        kind: What came back.
        grade: The grade, for ``GRADE``.
        why: Why there is none.
        builds: The builds of the grading; None: nothing was built.
    """

    kind: AnswerKind
    grade: Grade | None = None
    why: str = ""
    builds: GradedBuilds | None = None

    def as_json(self) -> str:
        """The answer as one JSON object; ``from_json`` reads it."""
        grade = None if self.grade is None else self.grade.as_data()
        builds = None if self.builds is None else self.builds.as_data()
        return json.dumps(
            {"kind": self.kind.value, "grade": grade, "why": self.why, "builds": builds}
        )

    @classmethod
    def from_json(cls, text: object, exercise: Exercise) -> MachineAnswer:
        """The answer about a submission of this exercise; ``FAULT`` if it cannot be read."""
        try:
            data: Any = json.loads(str(text))
            kind = AnswerKind(data["kind"])
            grade = Grade.from_data(data["grade"]) if kind is AnswerKind.GRADE else None
            if grade is not None and grade.exercise != exercise.slug:
                raise ValueError(f"the grade is one of {grade.exercise}")
            builds = None if data["builds"] is None else GradedBuilds.from_data(data["builds"])
            return cls(kind, grade, str(data["why"]), builds)
        except (ValueError, KeyError, TypeError) as error:
            return cls(AnswerKind.FAULT, why=f"the answer cannot be read: {error}")


@dataclass(frozen=True, slots=True)
class Joined:
    """A machine is there. Machines of one ``host`` share its cores."""

    machine: str
    host: str


@dataclass(frozen=True, slots=True)
class Left:
    """A machine is gone, with what it was grading."""

    machine: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A machine has answered, and is idle."""

    machine: str
    answer: MachineAnswer


Event = Joined | Left | Answered


class Machines(Protocol):
    """Machines that come and go. Names are never used again for another machine."""

    def begin(self, machine: str, request: Request) -> None:
        """Have an idle machine grade a submission."""
        ...

    def give_up(self, machine: str) -> None:
        """Cancel what a machine is grading; no answer comes."""
        ...

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """What has happened, as soon as something has; nothing after ``timeout_s``.

        Raises:
            checker.errors.ClusterError: The scheduler is gone.
        """
        ...
