"""Deadlines: what is late, what that costs, and what is not understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker.classroom.deadlines import Deadlines
from checker.errors import UsageError

DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
SLUGS = ("03-order", "04-small")
FILE = """
[due]
default = 2026-11-20T23:59:00+01:00
04-small = 2026-11-27T23:59:00+01:00

[extensions."Ada Lovelace"]
03-order = 2026-11-22T23:59:00+01:00

[late]
percent_per_day = 10
most_percent = 25
"""


@pytest.fixture
def deadlines(tmp_path: Path) -> Deadlines:
    (tmp_path / "due.toml").write_text(FILE)
    return Deadlines.read(tmp_path / "due.toml", SLUGS)


@pytest.mark.parametrize(
    ("after", "percent"),
    [
        (timedelta(days=-3), 0),
        (timedelta(0), 0),
        (timedelta(microseconds=1), 10),
        (timedelta(days=1), 10),
        (timedelta(days=1, seconds=1), 20),
        (timedelta(days=40), 25),
    ],
)
def test_a_day_that_has_begun_counts(deadlines: Deadlines, after: timedelta, percent: int) -> None:
    late = deadlines.lateness((), "03-order", DUE + after)
    assert late is not None
    assert late.percent == percent
    assert (late.late_s > 0) is (percent > 0)


def test_points_are_rounded_in_favour_of_the_student(deadlines: Deadlines) -> None:
    late = deadlines.lateness((), "03-order", DUE + timedelta(hours=1))
    assert late is not None
    assert [late.counted(points) for points in (100, 55, 1, 0)] == [90, 50, 1, 0]


def test_an_extension_is_of_one_student_and_one_exercise(deadlines: Deadlines) -> None:
    at = DUE + timedelta(days=1)
    percents = {
        (who, slug): late.percent
        for who in ("ada lovelace", "bob")
        for slug in SLUGS
        if (late := deadlines.lateness({who}, slug, at)) is not None
    }
    assert percents == {
        ("ada lovelace", "03-order"): 0,
        ("ada lovelace", "04-small"): 0,
        ("bob", "03-order"): 10,
        ("bob", "04-small"): 0,
    }


def test_nothing_is_late_where_nothing_is_due_or_no_time_is_known(deadlines: Deadlines) -> None:
    assert deadlines.lateness((), "03-order", None) is None
    assert Deadlines({}, {}).lateness((), "03-order", DUE) is None


def test_the_book_keeps_them(deadlines: Deadlines) -> None:
    assert Deadlines.from_json(deadlines.as_data()) == deadlines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[due", "understood"),
        ("[dues]", "no table dues"),
        ("[due]\n99-none = 2026-11-20T23:59:00+01:00", "no exercise 99-none"),
        ("[due]\ndefault = 2026-11-20T23:59:00", "a time with a zone"),
        ("[due]\ndefault = 'tomorrow'", "a time with a zone"),
        ("due = 3", "not a table"),
        ("extensions.ada = 3", "not a table"),
        ("[late]\npercent_per_day = 101", "0 to 100"),
        ("[late]\npercent_per_day = true", "0 to 100"),
        ("[late]\nper_day = 1", "no rule per_day"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "due.toml").write_text(text)
    with pytest.raises(UsageError, match=said) as refused:
        Deadlines.read(tmp_path / "due.toml", SLUGS)
    assert refused.value.next_step


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Deadlines.read(tmp_path / "due.toml", SLUGS)
