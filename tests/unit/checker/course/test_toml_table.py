"""Strict reading of TOML tables."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from checker.course.toml_table import read
from checker.errors import ExerciseError


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    share: float = 0.5
    count: int = 1
    on: bool = False
    works: tuple[str, ...] = ()
    target: str | None = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count is below 0")


def test_reads_every_type_and_keeps_defaults() -> None:
    table = {"name": "x", "share": 1, "works": ["a", "b"], "target": "test", "on": True}

    assert read(Sample, table, where="here") == Sample("x", 1.0, 1, True, ("a", "b"), "test")


def test_unknown_key_is_named_with_what_is_allowed_and_what_was_meant() -> None:
    with pytest.raises(ExerciseError) as caught:
        read(Sample, {"name": "x", "shar": 0.5}, where="07/exercise.toml")

    assert "07/exercise.toml: unknown key 'shar'. Did you mean 'share'?" in caught.value.message
    assert "name, share, count, on, works, target" in caught.value.next_step


def test_missing_key_is_named() -> None:
    with pytest.raises(ExerciseError, match="key 'name' is missing"):
        read(Sample, {}, where="here")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", 1),
        ("share", "much"),
        ("count", 1.5),
        ("count", True),
        ("on", 1),
        ("works", "a"),
        ("works", ["a", 2]),
        ("target", 3),
    ],
)
def test_a_value_of_another_type_is_refused(key: str, value: object) -> None:
    with pytest.raises(ExerciseError, match=f"key '{key}'"):
        read(Sample, {"name": "x", key: value}, where="here")


def test_a_refused_value_names_its_place() -> None:
    with pytest.raises(ExerciseError, match="here: count is below 0"):
        read(Sample, {"name": "x", "count": -1}, where="here")
