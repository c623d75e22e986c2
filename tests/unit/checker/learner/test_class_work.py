"""All exercises at once: whose work is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, UsageError
from checker.learner.class_work import find_work


@pytest.fixture
def exercises(make_exercise: Callable[..., Exercise]) -> Path:
    one, *_ = (make_exercise(slug=slug) for slug in ("07-one", "08-two", "09-three"))
    return one.folder.parent


def test_there_is_work_on_an_exercise_where_a_folder_has_its_slug(
    exercises: Path, tmp_path: Path
) -> None:
    for slug in ("09-three", "07-one", "06-nowhere"):
        (tmp_path / "work" / slug / "ada").mkdir(parents=True)
    (tmp_path / "work" / "08-two").write_text("no folder")
    work = tmp_path / "work"

    assert [(e.slug, path) for e, path in find_work(exercises, work)] == [
        ("07-one", work / "07-one"),
        ("09-three", work / "09-three"),
    ]
    assert [path for _, path in find_work(exercises, work / "SLUG" / "ada")] == [
        work / "07-one" / "ada",
        work / "09-three" / "ada",
    ]


def test_no_work_at_all_is_told(exercises: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no work at .*SLUG"):
        find_work(exercises, tmp_path)


@pytest.mark.parametrize("name", ["08", "08-two"])
def test_an_exercise_in_the_place_of_a_folder_is_told_how_to_be_graded(
    exercises: Path, name: str
) -> None:
    with pytest.raises(UsageError, match="names one: 08-two") as refused:
        find_work(exercises, Path(name))

    assert refused.value.next_step.endswith("checker grade 08")
