"""What a machine has to grade right before it gets work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.classroom.cluster.machines import AnswerKind, MachineAnswer, Request
from checker.classroom.marking import reason_of
from checker.classroom.versions import versions_of
from checker.errors import ExerciseError, SubmissionError, UsageError
from checker.exercise import Exercise
from checker.grading.submission import take
from checker.results import Verdict


@dataclass(frozen=True, slots=True)
class MachineProof:
    """A submission whose grade is known.

    Args:
        request: The submission.
        title: Its name in messages.
        passes: Whether it has to pass; otherwise it has to fail.
    """

    request: Request
    title: str
    passes: bool

    def refute(self, answer: MachineAnswer) -> str:
        """Why the answer is wrong; empty: it is right."""
        if answer.kind is AnswerKind.DIFFERS:
            return answer.why
        if answer.grade is None:
            return f"{self.title}: {answer.why}"
        verdict = answer.grade.verdict
        if verdict is Verdict.INFRASTRUCTURE:
            return f"{self.title}: {reason_of(answer.grade)}"
        if verdict is Verdict.TIMEOUT:
            return f"{self.title} ran out of time"
        if (verdict is Verdict.PASSED) is not self.passes:
            return f"{self.title} was graded {verdict.value}"
        return ""

    def may_be_repeated(self, answer: MachineAnswer) -> bool:
        """Whether a wrong answer may come from trouble that passes, as of a busy machine."""
        if answer.grade is None:
            return answer.kind is AnswerKind.FAULT
        return answer.grade.verdict in (Verdict.INFRASTRUCTURE, Verdict.TIMEOUT)


def proofs_of(exercises: Iterable[Exercise]) -> tuple[MachineProof, ...]:
    """The solution, which passes, and the starter, which does not, of the first that has both.

    Raises:
        ExerciseError: None of the exercises has both.
    """
    for exercise in exercises:
        try:
            right = take(exercise, exercise.folder / "solution")
            wrong = take(exercise, exercise.folder)
        except (SubmissionError, UsageError):
            continue
        versions = versions_of(exercise)
        return (
            MachineProof(
                Request(exercise, right, versions), f"the solution of {exercise.slug}", True
            ),
            MachineProof(
                Request(exercise, wrong, versions), f"the starter of {exercise.slug}", False
            ),
        )
    raise ExerciseError(
        "No exercise has a solution and a starter by which a machine could prove itself.",
        next_step="write them (`checker lint` says what is missing), or grade without a cluster",
    )
