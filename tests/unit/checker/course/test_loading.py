"""Exercise folders, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, ExerciseError, load
from checker.checks.stages import StagesOverlap

OVERLAP = """\
[[checks]]
id = "overlap"
kind = "stages_overlap"
title = "They overlap"
points = 5
hint = "Look."
params = { works = ["a", "b"], share = 0.4 }
"""
HEADER = """\
format_version = 1
title = "T"
lesson = "00"
concepts = []
timeout_s = 20
submit = ["Dockerfile"]
"""


def test_reads_checks_in_order_with_typed_params(make_exercise: Callable[..., Exercise]) -> None:
    exercise = make_exercise(OVERLAP)

    assert exercise.slug == "07-sample"
    assert exercise.timeout_s == 20.0
    assert [spec.id for spec in exercise.checks] == ["overlap"]
    assert exercise.checks[0].check == StagesOverlap(("a", "b"), 0.4)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (OVERLAP.replace("share", "portion"), "check overlap, params: unknown key 'portion'"),
        (OVERLAP.replace("0.4", "1.5"), "share is 1.5"),
        (OVERLAP.replace('["a", "b"]', '["a"]'), "at least two"),
        (OVERLAP.replace('kind = "stages_overlap"', 'kind = "magic"'), "unknown kind 'magic'"),
        (OVERLAP.replace('id = "overlap"', 'id = "Over Lap"'), "id 'Over Lap'"),
        (OVERLAP.replace("points = 5", "points = 0"), "points is 0"),
        (OVERLAP + OVERLAP, "the id is taken"),
        (OVERLAP.replace("hint", "hints"), "unknown key 'hints'"),
        ("[[checks", "exercise.toml"),
    ],
)
def test_a_wrong_check_is_refused_by_name(
    make_exercise: Callable[..., Exercise], checks: str, said: str
) -> None:
    with pytest.raises(ExerciseError) as caught:
        make_exercise(checks)

    assert said in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("format_version = 1", "format_version = 9", "format_version is 9"),
        ("timeout_s = 20", "timeout_s = 0", "timeout_s is 0"),
        ('["Dockerfile"]', "[]", "submit is empty"),
        ('["Dockerfile"]', '["../x"]', "'../x'"),
        ('title = "T"', 'titel = "T"', "unknown key 'titel'"),
        ('title = "T"', 'title = "T"\nline = "run"', "line is 'run', there are: build"),
        ('title = "T"', 'title = "T"\nsecrets = ["token"]', "'token' is not a variable's name"),
        ('title = "T"', 'title = "T"\nvariables = ["REGISTRY"]', "but not REGISTRY"),
        ('title = "T"', 'title = "T"\nline = "bake"\nsecrets = ["KEY"]', "cannot be checked"),
        ('title = "T"', 'title = "T"\nlends = ["money"]', "'money', there are: npm, git"),
        ('title = "T"', 'title = "T"\ncommand = "make all"', "command: The command begins with"),
    ],
)
def test_a_wrong_header_is_refused(
    make_exercise: Callable[..., Exercise], before: str, after: str, said: str
) -> None:
    with pytest.raises(ExerciseError) as caught:
        make_exercise(OVERLAP, header=HEADER.replace(before, after))

    assert said in caught.value.message


def test_a_folder_without_a_number_is_no_exercise(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match="not a valid name for an exercise"):
        load(tmp_path / "sample")


def test_a_folder_without_exercise_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match="could not be read"):
        load(tmp_path / "03-empty")


def test_a_folder_without_context_is_refused(make_exercise: Callable[..., Exercise]) -> None:
    exercise = make_exercise(OVERLAP)
    for path in exercise.context.iterdir():
        path.unlink()
    exercise.context.rmdir()

    with pytest.raises(ExerciseError, match="context"):
        load(exercise.folder)


def test_hints_are_the_sections_of_second_level(make_exercise: Callable[..., Exercise]) -> None:
    exercise = make_exercise(OVERLAP)
    (exercise.folder / "hints.md").write_text("# Hints\n\n## 1. A\n\nfirst\n\n## 2. B\n\nsecond\n")

    assert exercise.hints() == ("1. A\n\nfirst", "2. B\n\nsecond")
