"""A new exercise, before anybody has changed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import UsageError, load
from checker.course.claims import find_claims, find_twins
from checker.course.folder_lint import find_faults
from checker.course.scaffold import find_notes, new_exercise


@pytest.fixture
def exercises(tmp_path: Path) -> Path:
    folder = tmp_path / "exercises"
    folder.mkdir()
    return folder


def test_a_new_exercise_is_in_order_and_says_what_to_change(exercises: Path) -> None:
    folder = new_exercise("21-smaller-image", exercises)

    exercise = load(folder)
    assert find_faults(exercise) == []
    assert list(find_twins(exercise)) == []
    assert len(list(find_claims(exercise))) == 2 + 2 + len(exercise.checks)
    noted = [note.partition(" ")[0] for note in find_notes(folder)]
    assert noted == ["README.md", "exercise.toml", "hints.md", "solution/NOTES.md"]
    assert [path.name for path in exercises.iterdir()] == ["21-smaller-image"]
    for path in folder.rglob("*"):
        assert path.is_dir() or not {"@slug@", "@number@"} & set(path.read_text().split())


@pytest.mark.parametrize(
    ("slug", "said", "next_step"),
    [
        ("smaller", "not an exercise's name", "checker new 01-smaller"),
        ("3-Smaller image", "not an exercise's name", "checker new 01-smaller-image"),
        ("../04-out", "not an exercise's name", "checker new 01-04-out"),
        ("02-smaller", "The number 02 is taken by 02-image", "checker new 01-smaller"),
        ("03-image", "02-image has the same words", "choose other words"),
        ("02-image", "02-image is there already", "another number and other words"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(
    exercises: Path, slug: str, said: str, next_step: str
) -> None:
    (exercises / "02-image").mkdir()

    with pytest.raises(UsageError) as refused:
        new_exercise(slug, exercises)

    assert said in refused.value.message
    assert next_step in refused.value.next_step
    assert [path.name for path in exercises.iterdir()] == ["02-image"]


def test_a_file_of_that_name_is_left_alone(exercises: Path) -> None:
    (exercises / "03-image").write_text("mine")

    with pytest.raises(UsageError, match="something at"):
        new_exercise("03-image", exercises)

    assert [path.read_text() for path in exercises.iterdir()] == ["mine"]
