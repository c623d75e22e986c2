"""Claims that an exercise makes about itself, and grades that disprove them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.errors import UnprovenError
from checker.proof import disprove, find_claims
from checker.submission import Submission


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    exercise = make_exercise()
    for folder in ("solution", "alternatives", "near-misses"):
        (exercise.folder / folder).mkdir()
    (exercise.folder / "solution" / "Dockerfile").write_text("solution\n")
    (exercise.folder / "alternatives" / "other.Dockerfile").write_text("other\n")
    (exercise.folder / "near-misses" / "builds.Dockerfile").write_text("near-miss\n")
    (exercise.folder / "Dockerfile").write_text("starter\n")
    return exercise


def grader(fails: dict[str, tuple[str, ...]]) -> Callable[[Submission], Grade]:
    """Grades by the submission's text: the ids of the checks that it fails."""

    def grade(submission: Submission) -> Grade:
        failed = fails[submission.files["Dockerfile"].decode().strip()]
        checks = tuple(
            CheckResult(id_, "builds", id_, Status.FAILED, 0, 1, f"{id_} was wrong\nmore")
            for id_ in failed
        )
        return Grade("07-sample", "T", Verdict.FAILED if failed else Verdict.PASSED, 1.0, checks)

    return grade


AS_CLAIMED = {
    "starter": ("other-check",),
    "solution": (),
    "other": (),
    "near-miss": ("builds",),
}


def test_claims_are_starter_solutions_and_near_misses(exercise: Exercise) -> None:
    assert [(claim.name, claim.fails) for claim in find_claims(exercise)] == [
        ("the starter", None),
        ("solution", ""),
        ("alternatives/other", ""),
        ("near-misses/builds", "builds"),
    ]


def test_an_exercise_that_grades_as_claimed_is_proven(exercise: Exercise) -> None:
    tried: list[str] = []

    assert disprove(exercise, grader(AS_CLAIMED), progress=tried.append) == []
    assert len(tried) == 4


@pytest.mark.parametrize(
    ("who", "fails", "fault"),
    [
        ("starter", (), "the starter passes all checks"),
        ("solution", ("builds",), "solution fails builds, and must pass: builds was wrong"),
        ("other", ("builds",), "alternatives/other fails builds"),
        ("near-miss", (), "near-misses/builds fails nothing, and must fail builds"),
        ("near-miss", ("builds", "runs"), "near-misses/builds fails builds, runs"),
        ("near-miss", ("runs",), "near-misses/builds fails runs"),
    ],
)
def test_what_grades_otherwise_is_a_fault(
    exercise: Exercise, who: str, fails: tuple[str, ...], fault: str
) -> None:
    (found,) = disprove(exercise, grader({**AS_CLAIMED, who: fails}), progress=lambda _: None)

    assert found.startswith(fault)


def test_a_fault_of_the_engine_proves_nothing_and_ends_the_proof(exercise: Exercise) -> None:
    check = CheckResult("builds", "builds", "B", Status.ERROR, 0, 1, "The engine is gone.")
    broken = Grade("07-sample", "T", Verdict.INFRASTRUCTURE, 1.0, (check,))

    tried: list[str] = []
    with pytest.raises(UnprovenError, match=r"the starter .* The engine is gone\."):
        disprove(exercise, lambda _: broken, progress=tried.append)

    assert len(tried) == 1
