"""The published schema: made of what the checker reads, and as strict where it can be."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from checker import Exercise, ExerciseError
from checker.checks import KINDS
from checker.course.json_schema import NAME, as_text, exercise_schema

EXERCISES = Path(__file__).parents[4] / "exercises"
FILES = sorted(EXERCISES.glob("*/exercise.toml"))

HEADER = """\
format_version = 1
title = "Sample"
lesson = "00-start"
concepts = []
timeout_s = 3
submit = ["Dockerfile"]
"""
CHECK = """\
[[checks]]
id = "reused"
kind = "stays_cached"
title = "It is reused"
points = 10
hint = "Look at what it reads."
"""
PARAMS = """\
params = { edit = "list.csv", keeps = ["a"], reruns = [] }
"""


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = json.loads((EXERCISES / NAME).read_text())
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def test_the_file_beside_the_exercises_is_what_the_checker_makes() -> None:
    assert (EXERCISES / NAME).read_text() == as_text(), "run `make schema`"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_each_exercise_leads_editors_to_the_schema_and_keeps_to_it(
    path: Path, validator: Draft7Validator
) -> None:
    text = path.read_text()

    assert text.splitlines()[0] == f"#:schema ../{NAME}"
    assert (path.parent / ".." / NAME).resolve() == EXERCISES / NAME
    assert [error.message for error in validator.iter_errors(tomllib.loads(text))] == []


def test_each_key_and_each_kind_says_what_it_is() -> None:
    def find_silent(schema: Any, where: str) -> list[str]:
        keys = schema.get("properties", {})
        silent = [f"{where}.{key}" for key, one in keys.items() if not one.get("description")]
        return silent + [s for key, one in keys.items() for s in find_silent(one, f"{where}.{key}")]

    items = exercise_schema()["properties"]["checks"]["items"]
    kinds = {rule["if"]["properties"]["kind"]["const"]: rule["then"] for rule in items["allOf"]}

    assert list(kinds) == items["properties"]["kind"]["enum"] == list(KINDS)
    assert find_silent(exercise_schema(), "exercise") + find_silent(items, "checks") == []
    for name, then in kinds.items():
        assert find_silent(then["properties"]["params"], name) == []
        assert then["properties"]["params"]["description"].startswith(f"`{name}`: ")


def test_what_may_be_left_out_may_be_left_out_and_any_order_is_right(
    validator: Draft7Validator, make_exercise: Callable[..., Exercise]
) -> None:
    text = CHECK + PARAMS

    assert validator.is_valid(tomllib.loads(HEADER + text))
    assert make_exercise(text, header=HEADER).checks[0].kind == "stays_cached"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("format_version = 1", "format_version = 2"),
        ('title = "Sample"\n', ""),
        ('title = "Sample"', 'titel = "Sample"'),
        ('title = "Sample"', "title = 1"),
        ("concepts = []", 'concepts = "stages"'),
        ("concepts = []", "concepts = [1]"),
        ("timeout_s = 3", "timeout_s = 0"),
        ("timeout_s = 3", "timeout_s = true"),
        ('submit = ["Dockerfile"]', "submit = []"),
        ("concepts = []", 'concepts = []\nline = "run"'),
        ("concepts = []", 'concepts = []\nsecrets = ["token"]'),
        ("concepts = []", 'concepts = []\nvariables = ["two words"]'),
        ("concepts = []", 'concepts = []\nlends = ["money"]'),
        (CHECK + PARAMS, "checks = []\n"),
        ('id = "reused"', 'id = "Re used"'),
        ('kind = "stays_cached"', 'kind = "stay_cached"'),
        ("points = 10", "points = 0"),
        ("points = 10", 'points = "10"'),
        ('hint = "Look at what it reads."\n', ""),
        (PARAMS, ""),
        ('edit = "list.csv"', 'file = "list.csv"'),
        ('edit = "list.csv", ', ""),
        ('keeps = ["a"]', 'keeps = "a"'),
        ('kind = "stays_cached"', 'kind = "builds"'),
    ],
)
def test_a_fault_is_one_to_the_editor_and_to_the_checker(
    validator: Draft7Validator, make_exercise: Callable[..., Exercise], before: str, after: str
) -> None:
    header, checks = HEADER.replace(before, after), (CHECK + PARAMS).replace(before, after)
    assert (header, checks) != (HEADER, CHECK + PARAMS)

    assert not validator.is_valid(tomllib.loads(header + checks))
    with pytest.raises(ExerciseError):
        make_exercise(checks, header=header)
