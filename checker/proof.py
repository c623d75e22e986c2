"""Proof, on the engine, that an exercise grades as its author says.

The starter fails at least one check, the solution and every alternative pass all, and each
near-miss fails its own check and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.errors import UnprovenError
from checker.exercise import Exercise
from checker.lint import alternatives, near_misses
from checker.result import Grade, Status, Verdict
from checker.submission import Submission, take


@dataclass(frozen=True, slots=True)
class Claim:
    """Something handed in, and which checks its author says that it fails.

    Args:
        name: The file or folder, as the author knows it.
        submission: What is handed in.
        fails: The one check that must fail; empty: none may; None: any, at least one.
    """

    name: str
    submission: Submission
    fails: str | None

    def find_fault(self, grade: Grade) -> str | None:
        """How the grade differs from the claim, None when it does not.

        Raises:
            UnprovenError: The sandbox failed, so the grade says nothing about the claim.
        """
        if grade.verdict is Verdict.INFRASTRUCTURE:
            raise UnprovenError(
                f"{self.name} could not be graded: {grade.checks[0].message}",
                next_step="`sandbox doctor` looks for causes; then run `checker lint` again",
            )
        failed = [check for check in grade.checks if check.status is Status.FAILED]
        ids = ", ".join(check.id for check in failed) or "nothing"
        if self.fails is None:
            return None if failed else f"{self.name} passes all checks: there is nothing to do"
        if self.fails == "":
            facts = "; ".join(check.message.splitlines()[0] for check in failed)
            return f"{self.name} fails {ids}, and must pass: {facts}" if failed else None
        if [check.id for check in failed] != [self.fails]:
            return f"{self.name} fails {ids}, and must fail {self.fails} and no other"
        return None


def find_claims(exercise: Exercise) -> Iterator[Claim]:
    """All that an exercise's folder claims about itself, in the order of its telling.

    Raises:
        SubmissionError: A file of the exercise cannot be graded.
    """
    solution = take(exercise, exercise.folder / "solution")
    yield Claim("the starter", take(exercise, exercise.folder), None)
    yield Claim("solution", solution, "")
    for name, files in alternatives(exercise).items():
        yield Claim(f"alternatives/{name}", _replaced(solution, files), "")
    for check_id, files in near_misses(exercise).items():
        if files:
            yield Claim(f"near-misses/{check_id}", _replaced(solution, files), check_id)


def _replaced(solution: Submission, files: Sequence[tuple[str, Path]]) -> Submission:
    for name, path in files:
        solution = solution.replaced(name, path.read_bytes())
    return solution


def disprove(
    exercise: Exercise,
    grade: Callable[[Submission], Grade],
    *,
    progress: Callable[[str], None],
) -> list[str]:
    """One line for each claim that does not hold, empty when all do.

    Args:
        exercise: The exercise.
        grade: Grades one submission on it.
        progress: Told which claim is being tried.

    Raises:
        UnprovenError: The sandbox failed; the claims after that are not tried.
    """
    faults: list[str] = []
    for claim in find_claims(exercise):
        progress(f"{exercise.slug}: {claim.name}")
        fault = claim.find_fault(grade(claim.submission))
        faults += [fault] if fault else []
    return faults
