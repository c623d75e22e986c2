"""Proof, on the engine, that an exercise grades as its author says.

The starter fails at least one check, the solution and every alternative pass all, and each
near-miss fails its own check and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.course.folder_lint import alternatives, near_misses
from checker.errors import UnprovenError
from checker.exercise import Exercise
from checker.grading.submission import Submission, take
from checker.results import CheckResult, Grade, Status, Verdict


@dataclass(frozen=True, slots=True)
class Claim:
    """A submission, and the checks that it fails according to the exercise's author.

    Args:
        name: The name of the file or folder, as the author knows it.
        submission: The submitted files.
        fails: The only check that must fail. Empty: no check may fail. None: at least one check
            must fail.
    """

    name: str
    submission: Submission
    fails: str | None

    @property
    def wanted(self) -> str:
        """The claim in words."""
        if self.fails is None:
            return "fails at least one check"
        return f"fails {self.fails} and no other" if self.fails else "passes"

    def find_fault(self, grade: Grade) -> str | None:
        """How the grade differs from the claim; None if the grade agrees with the claim.

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
        facts = "".join(f"; {check.id}: {_fact(check)}" for check in failed)
        if self.fails is None:
            return None if failed else f"{self.name} passes all checks: there is nothing to do"
        if self.fails == "":
            return f"{self.name} must pass, and fails {ids}{facts}" if failed else None
        if [check.id for check in failed] == [self.fails]:
            return None
        own = next(check for check in grade.checks if check.id == self.fails)
        if own not in failed:
            facts += f"; {own.id} itself: {_fact(own)}"
        return f"{self.name} must fail {self.fails} and no other, and fails {ids}{facts}"


def _fact(check: CheckResult) -> str:
    """The parts of a message that matter: its first line, and its lines "Wanted" and "ERROR"."""
    first, *rest = check.message.splitlines() or [""]
    return " ".join([first, *(line for line in rest if line.startswith(("Wanted", "ERROR")))])


def find_claims(exercise: Exercise) -> Iterator[Claim]:
    """All claims that an exercise's folder makes: the starter first, the near-misses last.

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


def find_twins(exercise: Exercise) -> Iterator[str]:
    """One line for each claim that proves nothing, because another claim has the same submission.

    A near-miss may be the same as the starter.

    Raises:
        SubmissionError: A file of the exercise cannot be graded.
    """
    seen: dict[tuple[str, ...], str] = {}
    for claim in find_claims(exercise):
        shape = tuple(_shape(claim.submission.files[name]) for name in exercise.submit)
        if claim.fails is not None and seen.setdefault(shape, claim.name) != claim.name:
            yield f"{claim.name} is the same as {seen[shape]}, but for comments and white space"


def _shape(content: bytes) -> str:
    lines = content.decode("utf-8", errors="replace").splitlines()
    code = (line for line in lines if not line.lstrip().startswith("#"))
    return " ".join(" ".join(code).replace("\\", " ").split())
