"""Claims that an exercise makes about itself, and grades that disprove them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.course.claims import find_claims, find_twins
from checker.errors import UnprovenError


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


def graded(*failed: str) -> Grade:
    """A grade on an exercise with the checks ``builds`` and ``runs``; these of them failed."""
    checks = tuple(
        CheckResult(id_, id_, id_, Status.FAILED, 0, 1, f"{id_} was wrong\nmore\nWanted: right.")
        if id_ in failed
        else CheckResult(id_, id_, id_, Status.PASSED, 1, 1, f"{id_} was right.")
        for id_ in ("builds", "runs")
    )
    return Grade("07-sample", "T", Verdict.FAILED if failed else Verdict.PASSED, 1.0, checks)


def test_claims_are_starter_solutions_and_near_misses(exercise: Exercise) -> None:
    assert [(claim.name, claim.fails, claim.wanted) for claim in find_claims(exercise)] == [
        ("the starter", None, "fails at least one check"),
        ("solution", "", "passes"),
        ("alternatives/other", "", "passes"),
        ("near-misses/builds", "builds", "fails builds and no other"),
    ]


@pytest.mark.parametrize(("number", "failed"), [(0, ("runs",)), (1, ()), (2, ()), (3, ("builds",))])
def test_what_grades_as_claimed_has_no_fault(
    exercise: Exercise, number: int, failed: tuple[str, ...]
) -> None:
    assert list(find_claims(exercise))[number].find_fault(graded(*failed)) is None


@pytest.mark.parametrize(
    ("number", "failed", "fault"),
    [
        (0, (), "the starter passes all checks: there is nothing to do"),
        (
            1,
            ("builds",),
            "solution must pass, and fails builds; builds: builds was wrong Wanted: right.",
        ),
        (2, ("runs",), "alternatives/other must pass, and fails runs; runs: runs was wrong"),
        (
            3,
            (),
            "near-misses/builds must fail builds and no other, and fails nothing; "
            "builds itself: builds was right.",
        ),
        (
            3,
            ("builds", "runs"),
            "near-misses/builds must fail builds and no other, and fails builds, runs; "
            "builds: builds was wrong Wanted: right.; runs: runs was wrong Wanted: right.",
        ),
        (
            3,
            ("runs",),
            "near-misses/builds must fail builds and no other, and fails runs; "
            "runs: runs was wrong Wanted: right.; builds itself: builds was right.",
        ),
    ],
)
def test_what_grades_otherwise_is_a_fault_that_says_what_was_measured(
    exercise: Exercise, number: int, failed: tuple[str, ...], fault: str
) -> None:
    found = list(find_claims(exercise))[number].find_fault(graded(*failed))

    assert found is not None
    assert found.startswith(fault)


def test_a_fault_of_the_engine_says_nothing_of_a_claim(exercise: Exercise) -> None:
    check = CheckResult("builds", "builds", "B", Status.ERROR, 0, 1, "The engine is gone.")
    broken = Grade("07-sample", "T", Verdict.INFRASTRUCTURE, 1.0, (check,))

    with pytest.raises(UnprovenError, match=r"the starter .* The engine is gone\."):
        next(find_claims(exercise)).find_fault(broken)


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("alternatives/other.Dockerfile", "alternatives/other is the same as solution"),
        ("near-misses/builds.Dockerfile", "near-misses/builds is the same as solution"),
    ],
)
def test_a_claim_that_differs_in_comments_alone_proves_nothing(
    exercise: Exercise, name: str, twin: str
) -> None:
    (exercise.folder / "solution" / "Dockerfile").write_text("FROM a\nRUN one \\\n  two\n")
    (exercise.folder / name).write_text("# Another one.\n\nFROM  a\n  # more\nRUN one two\n")

    (found,) = find_twins(exercise)
    assert found.startswith(twin)


def test_a_near_miss_may_be_the_starter(exercise: Exercise) -> None:
    (exercise.folder / "near-misses" / "builds.Dockerfile").write_text("starter\n")

    assert list(find_twins(exercise)) == []
