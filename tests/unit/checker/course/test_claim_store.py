"""Records of claims: found by the same sources alone, and never believed where they say no."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import checker
from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.course.claim_store import ClaimStore, default_folder
from checker.course.claims import Claim, find_claims

PASSED = Grade(
    "07-sample",
    "T",
    Verdict.PASSED,
    1.5,
    (CheckResult("builds", "builds", "B", Status.PASSED, 10, 10, "It builds.", "", {"s": [1]}),),
)
FAILED = dataclasses.replace(
    PASSED,
    verdict=Verdict.FAILED,
    checks=(dataclasses.replace(PASSED.checks[0], status=Status.FAILED, points=0),),
)


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    exercise = make_exercise()
    (exercise.folder / "Dockerfile").write_text("starter\n")
    (exercise.folder / "solution").mkdir()
    (exercise.folder / "solution" / "Dockerfile").write_text("solution\n")
    return exercise


@pytest.fixture
def solution(exercise: Exercise) -> Claim:
    return list(find_claims(exercise))[1]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "sources" / "inner" / "module.py"
    source.parent.mkdir(parents=True)
    source.write_text("one = 1\n")
    return source


@pytest.fixture
def store(tmp_path: Path, source: Path) -> Callable[[], ClaimStore]:
    """Makes a store of the same folder, as another process does."""
    return lambda: ClaimStore(tmp_path / "claims", [tmp_path / "sources"])


def write_today(store: ClaimStore, exercise: Exercise, claim: Claim, grade: Grade) -> None:
    """Write a grade of today's sources."""
    store.write(exercise, claim, grade, key=store.key(exercise, claim))


def test_what_was_written_is_found(
    exercise: Exercise, solution: Claim, store: Callable[[], ClaimStore], tmp_path: Path
) -> None:
    assert store().find(exercise, solution) is None
    write_today(store(), exercise, solution, PASSED)

    record = store().find(exercise, solution)
    assert record is not None
    assert record.grade == PASSED
    assert abs((record.recorded_at - datetime.now(UTC)).total_seconds()) < 60
    assert [path.suffix for path in (tmp_path / "claims").iterdir()] == [".json"]


def test_a_change_of_any_source_makes_the_record_unknown(
    exercise: Exercise, solution: Claim, store: Callable[[], ClaimStore], source: Path
) -> None:
    write_today(store(), exercise, solution, PASSED)
    (source.parent / "__pycache__").mkdir()
    (source.parent / "__pycache__" / "module.pyc").write_text("compiled")
    assert store().find(exercise, solution) is not None, "what Python compiles is no source"

    source.write_text("one = 2\n")
    assert store().find(exercise, solution) is None
    source.write_text("one = 1\n")
    assert store().find(exercise, solution) is not None
    source.rename(source.with_name("another.py"))
    assert store().find(exercise, solution) is None


@pytest.mark.parametrize("how", ["context", "toml", "mode", "submission", "claim"])
def test_a_change_of_the_exercise_makes_the_record_unknown(
    exercise: Exercise, solution: Claim, store: Callable[[], ClaimStore], how: str
) -> None:
    file = exercise.context / "data.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("data\n")
    write_today(store(), exercise, solution, PASSED)
    claim = solution
    match how:
        case "context":
            file.write_text("other data\n")
        case "toml":
            with (exercise.folder / "exercise.toml").open("a") as toml:
                toml.write("# more\n")
        case "mode":
            file.chmod(0o755)
        case "submission":
            claim = dataclasses.replace(
                solution, submission=solution.submission.replaced("Dockerfile", b"another\n")
            )
        case "claim":
            claim = dataclasses.replace(solution, fails=None)

    assert store().find(exercise, claim) is None


def test_a_grade_that_disproves_the_claim_removes_its_record(
    exercise: Exercise, solution: Claim, store: Callable[[], ClaimStore], tmp_path: Path
) -> None:
    write_today(store(), exercise, solution, PASSED)
    write_today(store(), exercise, solution, FAILED)

    assert store().find(exercise, solution) is None
    assert list((tmp_path / "claims").iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", '{"grade": {}}', '{"grade": 1, "recorded_at": 2}'])
def test_a_damaged_record_is_none(
    exercise: Exercise,
    solution: Claim,
    store: Callable[[], ClaimStore],
    tmp_path: Path,
    content: str,
) -> None:
    write_today(store(), exercise, solution, PASSED)
    (record,) = (tmp_path / "claims").iterdir()
    record.write_text(content)

    assert store().find(exercise, solution) is None


def test_records_of_other_sources_are_removed(
    exercise: Exercise,
    solution: Claim,
    store: Callable[[], ClaimStore],
    source: Path,
    tmp_path: Path,
) -> None:
    store().remove_outdated()  # there is no folder yet
    write_today(store(), exercise, solution, PASSED)
    source.write_text("one = 2\n")
    write_today(store(), exercise, solution, PASSED)
    assert len(list((tmp_path / "claims").iterdir())) == 2

    store().remove_outdated()

    assert store().find(exercise, solution) is not None
    assert len(list((tmp_path / "claims").iterdir())) == 1


def test_records_lie_in_the_checkout() -> None:
    assert default_folder() == Path(str(checker.__file__)).parents[1] / "build" / "claims"


def test_a_source_that_changes_between_grading_and_writing_is_not_proven(
    exercise: Exercise, solution: Claim, store: Callable[[], ClaimStore], source: Path
) -> None:
    tests = store()
    key = tests.key(exercise, solution)
    source.write_text("one = 2\n")

    tests.write(exercise, solution, PASSED, key=key)

    assert store().find(exercise, solution) is None
    source.write_text("one = 1\n")
    assert store().find(exercise, solution) is None
