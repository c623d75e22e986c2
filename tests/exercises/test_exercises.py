"""Every exercise of the course, on the engine: what it claims of itself, and what must not pass.

``cheats/SLUG`` holds submissions that look right to a reader of text, or to a stopwatch. Claims
and cheats are tried by what `checker lint` tries an exercise with, one at a time in each worker.
Claims that hold are recorded, and `checker lint` reads them; here each is graded in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from checker import Exercise, Verdict, exercises_folder, find_slugs, load
from checker.course.claim_store import ClaimStore, default_folder
from checker.course.claims import Claim, find_claims, find_twins
from checker.course.folder_lint import find_faults
from checker.course.prover import Prover, Trial
from checker.course.scaffold import find_notes
from checker.grading.submission import take
from checker.listeners import Listeners
from sandbox import Sandbox
from tests.plugins.time_report import TRIED_AGAIN

# A second try waits for the test that another worker runs, and that may be a whole lesson.
pytestmark = pytest.mark.timeout(900)
EXERCISES = [load(exercises_folder({}) / slug) for slug in find_slugs(exercises_folder({}))]
CLAIMS = [(exercise, claim) for exercise in EXERCISES for claim in find_claims(exercise)]
STORE = ClaimStore(default_folder())
# Taken beside the sources, so that an edit during the tests is not recorded as proven.
KEYS = {(exercise.slug, claim.name): STORE.key(exercise, claim) for exercise, claim in CLAIMS}
CHEATS = [
    (exercise, Claim(path.name, take(exercise, path), None))
    for exercise in EXERCISES
    for path in sorted((Path(__file__).parent / "cheats" / exercise.slug).glob("*"))
]


def name(value: Exercise | Claim) -> str:
    return value.slug if isinstance(value, Exercise) else value.name


@pytest.fixture(scope="module")
def prover(sandbox: Sandbox, alone: Callable[[], AbstractContextManager[None]]) -> Iterator[Prover]:
    """Tries one claim at a time. One that fails is tried again while no other worker builds."""
    quiet = Listeners(lambda _: None, lambda _: None)
    with Prover(jobs=1, progress=quiet, alone=alone) as prover:
        yield prover


@pytest.fixture
def trial(
    prover: Prover, record_property: Callable[[str, object], None]
) -> Callable[[Exercise, Claim], Trial]:
    """Tries a claim; notes for the report of the run that it took two tries."""

    def run(exercise: Exercise, claim: Claim) -> Trial:
        trial = prover.begin(exercise, claim).result()
        if trial.tries > 1:
            record_property(TRIED_AGAIN, f"{exercise.slug}: {claim.name}")
        return trial

    return run


@pytest.fixture(scope="module")
def store() -> ClaimStore:
    """Where `checker lint` finds what these tests have proven; it is written, never read."""
    STORE.remove_outdated()
    return STORE


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
    exercise: Exercise,
    claim: Claim,
    trial: Callable[[Exercise, Claim], Trial],
    store: ClaimStore,
) -> None:
    tried = trial(exercise, claim)
    store.write(exercise, claim, tried.grade, key=KEYS[exercise.slug, claim.name])

    assert tried.fault is None


@pytest.mark.parametrize(("exercise", "claim"), CHEATS, ids=name)
def test_a_cheat_does_not_pass(
    exercise: Exercise, claim: Claim, trial: Callable[[Exercise, Claim], Trial]
) -> None:
    result = trial(exercise, claim).grade

    # It builds: what fails it is what was measured, not a slip in its text.
    assert result.verdict is Verdict.FAILED
    assert result.checks[0].points > 0
