"""Which exercise a learner means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, UsageError, exercises_folder, find_exercise, find_slugs


@pytest.fixture
def folder(make_exercise: Callable[..., Exercise]) -> Path:
    make_exercise(slug="01-parallel-stages")
    make_exercise(slug="10-leak-hunt")
    folder = make_exercise(slug="02-skip-it").folder.parent
    (folder / "notes").mkdir()
    return folder


def test_slugs_come_in_order_and_other_folders_are_none(folder: Path) -> None:
    assert find_slugs(folder) == ["01-parallel-stages", "02-skip-it", "10-leak-hunt"]


@pytest.mark.parametrize(
    "name", ["01-parallel-stages", "01", "1", "parallel-stages", "01-Parallel-Stages/"]
)
def test_an_exercise_has_several_names(folder: Path, name: str) -> None:
    assert find_exercise(name, folder).slug == "01-parallel-stages"


@pytest.mark.parametrize(
    ("name", "near"), [("01-paralel-stage", "01-parallel-stages"), ("leak", "10-leak-hunt")]
)
def test_an_unknown_name_is_answered_with_what_is_close(folder: Path, name: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_exercise(name, folder)

    assert near in caught.value.message
    assert "checker list" in caught.value.next_step


def test_a_name_far_from_all_is_answered_without_guesses(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_exercise("99", folder)

    assert caught.value.message == "There is no exercise '99'."


def test_the_environment_says_where_exercises_are(folder: Path, tmp_path: Path) -> None:
    assert exercises_folder({"BUILDKIT_LAB_EXERCISES": str(folder)}) == folder.resolve()
    with pytest.raises(UsageError, match="no folder of exercises"):
        exercises_folder({"BUILDKIT_LAB_EXERCISES": str(tmp_path / "nowhere")})


def test_by_default_they_are_the_checkout_s_own() -> None:
    assert "01-parallel-stages" in find_slugs(exercises_folder({}))
