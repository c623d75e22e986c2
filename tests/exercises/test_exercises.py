"""Every exercise of the course, on the engine: what it claims of itself, and what must not pass.

``cheats/SLUG`` holds submissions that look right to a reader of text, or to a stopwatch.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import Exercise, Verdict, exercises_folder, find_slugs, load
from checker.grading import grade
from checker.lint import find_faults
from checker.proof import Claim, find_claims
from checker.submission import take
from sandbox import Sandbox

EXERCISES = [load(exercises_folder({}) / slug) for slug in find_slugs(exercises_folder({}))]
CHEATS = sorted(Path(__file__).parent.glob("cheats/*/*"))
CLAIMS = [(exercise, claim) for exercise in EXERCISES for claim in find_claims(exercise)]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.slug)
def test_the_folder_is_in_order(exercise: Exercise) -> None:
    assert find_faults(exercise) == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.slug)
def test_there_are_two_right_solutions_of_another_shape_and_cheats(exercise: Exercise) -> None:
    alternatives = [c for c in find_claims(exercise) if c.name.startswith("alternatives/")]

    assert len(alternatives) >= 2
    assert [path for path in CHEATS if path.parent.name == exercise.slug]


@pytest.mark.parametrize(
    ("exercise", "claim"), CLAIMS, ids=[f"{one.slug}: {claim.name}" for one, claim in CLAIMS]
)
def test_it_grades_as_its_author_claims(exercise: Exercise, claim: Claim, sandbox: Sandbox) -> None:
    assert claim.find_fault(grade(exercise, claim.submission, sandbox)) is None


@pytest.mark.parametrize("path", CHEATS, ids=lambda path: f"{path.parent.name}: {path.name}")
def test_a_cheat_does_not_pass(path: Path, sandbox: Sandbox) -> None:
    exercise = load(exercises_folder({}) / path.parent.name)

    result = grade(exercise, take(exercise, path), sandbox)

    # It builds: what fails it is what was measured, not a slip in its text.
    assert result.verdict is Verdict.FAILED
    assert result.checks[0].points > 0
