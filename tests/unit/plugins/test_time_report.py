"""Parts of the suite, and which of them have grown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins import time_report
from tests.plugins.time_report import find_growth, part_of


@pytest.mark.parametrize(
    ("nodeid", "part"),
    [
        ("tests/unit/sandbox/test_errors.py::test_a", "unit"),
        ("tests/exercises/test_exercises.py::test_it_grades_as_its_author_claims[x]", "claims"),
        ("tests/exercises/test_exercises.py::test_a_cheat_does_not_pass[x]", "cheats"),
        ("tests/exercises/test_exercises.py::test_the_folder_is_in_order[x]", "other"),
        ("tests/exercises/test_watch.py::test_a", "other"),
        ("tests/browser/test_site.py::test_a", "site"),
        ("tests/browser/test_lesson.py::test_a", "browser"),
        ("tests/hostile/test_setup.py::test_a", "hostile"),
    ],
)
def test_every_test_has_a_part(nodeid: str, part: str) -> None:
    assert part_of(nodeid).removeprefix("exercises: ") == part


def measured(**shares: float) -> dict[str, object]:
    return {"parts": {name: {"share": share} for name, share in shares.items()}}


@pytest.mark.parametrize(
    ("shares", "named"),
    [
        ({"unit": 0.10, "lessons": 0.90}, []),
        ({"unit": 0.13, "lessons": 0.87}, ["unit"]),
        ({"unit": 0.08, "lessons": 0.88, "new": 0.04}, []),
        ({"unit": 1.0}, []),  # not the whole suite
    ],
)
def test_a_part_that_takes_a_larger_share_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shares: dict[str, float], named: list[str]
) -> None:
    monkeypatch.setattr(time_report, "MEASURED", tmp_path / "durations.json")
    assert find_growth(measured(**shares)) == []
    (tmp_path / "durations.json").write_text(json.dumps(measured(unit=0.1, lessons=0.9)))

    assert [line.split()[0] for line in find_growth(measured(**shares))] == named
