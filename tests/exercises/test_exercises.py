"""Every exercise of the course, on the engine: what it claims of itself, and what must not pass.

``cheats/SLUG`` holds submissions that look right to a reader of text, or to a stopwatch. They are
tried side by side, by what `checker lint` tries an exercise with; each has a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker import Exercise, Verdict, exercises_folder, find_slugs, load
from checker.course.claims import Claim, find_claims, find_twins
from checker.course.folder_lint import find_faults
from checker.course.prover import JOBS, Prover, Trial
from checker.course.scaffold import find_notes
from checker.grading.submission import take
from checker.listeners import Listeners
from sandbox import Sandbox

EXERCISES = [load(exercises_folder({}) / slug) for slug in find_slugs(exercises_folder({}))]
CLAIMS = [(exercise, claim) for exercise in EXERCISES for claim in find_claims(exercise)]
CHEATS = [
    (exercise, Claim(path.name, take(exercise, path), None))
    for exercise in EXERCISES
    for path in sorted((Path(__file__).parent / "cheats" / exercise.slug).glob("*"))
]


def name(value: Exercise | Claim) -> str:
    return value.slug if isinstance(value, Exercise) else value.name


@pytest.fixture(scope="module")
def trial(
    sandbox: Sandbox, request: pytest.FixtureRequest
) -> Iterator[Callable[[Exercise, Claim], Trial]]:
    """Waits for a trial; all that are asked for in this run have begun, in the tests' order."""
    with Prover(jobs=JOBS, progress=Listeners(lambda _: None, lambda _: None)) as trials:
        begun = {
            (exercise.slug, claim.name): trials.begin(exercise, claim)
            for item in request.session.items
            if isinstance(item, pytest.Function) and "trial" in item.fixturenames
            for exercise, claim in [
                (item.callspec.params["exercise"], item.callspec.params["claim"])
            ]
        }
        yield lambda exercise, claim: begun[exercise.slug, claim.name].result()


@pytest.mark.parametrize("exercise", EXERCISES, ids=name)
def test_the_folder_is_in_order(exercise: Exercise) -> None:
    assert [*find_faults(exercise), *find_twins(exercise), *find_notes(exercise.folder)] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=name)
def test_there_are_two_right_solutions_of_another_shape_and_cheats(exercise: Exercise) -> None:
    alternatives = [c for c in find_claims(exercise) if c.name.startswith("alternatives/")]

    assert len(alternatives) >= 2
    assert exercise in [cheated for cheated, _ in CHEATS]


@pytest.mark.parametrize(("exercise", "claim"), CLAIMS, ids=name)
def test_it_grades_as_its_author_claims(
    exercise: Exercise, claim: Claim, trial: Callable[[Exercise, Claim], Trial]
) -> None:
    assert trial(exercise, claim).fault is None


@pytest.mark.parametrize(("exercise", "claim"), CHEATS, ids=name)
def test_a_cheat_does_not_pass(
    exercise: Exercise, claim: Claim, trial: Callable[[Exercise, Claim], Trial]
) -> None:
    result = trial(exercise, claim).grade

    # It builds: what fails it is what was measured, not a slip in its text.
    assert result.verdict is Verdict.FAILED
    assert result.checks[0].points > 0
