"""How far a learner is: told as a table, as JSON, and as the exercise to go on with."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.learner.standing import Standing, find_next, find_standings
from checker.learner.workspace import Workspace
from checker.report import print_standings, standings_as_json

SLUGS = ("07-sample", "08-other", "09-third")


class School:
    def __init__(self, exercises: list[Exercise], workspace: Workspace) -> None:
        self.exercises, self.workspace = exercises, workspace

    def attempt(self, number: int, points: int) -> None:
        verdict = Verdict.PASSED if points == 10 else Verdict.FAILED
        status = Status.PASSED if points == 10 else Status.FAILED
        exercise = self.exercises[number]
        check = CheckResult("builds", "builds", "It builds", status, points, 10, "")
        self.workspace.record(exercise, Grade(exercise.slug, "T", verdict, 1.0, (check,)))

    def start(self, number: int) -> None:
        self.workspace.start(self.exercises[number])

    @property
    def folder(self) -> Path:
        return self.exercises[0].folder.parent

    def next(self, after: str = "") -> str | None:
        found = find_next(find_standings(self.folder, self.workspace), after=after)
        return found.exercise.slug if found else None

    def table(self, width: int = 80) -> list[str]:
        out = io.StringIO()
        standings = find_standings(self.folder, self.workspace)
        print_standings(standings, Console(file=out, width=width))
        return [" ".join(line.split()) for line in out.getvalue().splitlines()]


@pytest.fixture
def school(make_exercise: Callable[..., Exercise], tmp_path: Path) -> School:
    exercises = [make_exercise(slug=slug) for slug in SLUGS]
    return School(exercises, Workspace(tmp_path / "work"))


def test_one_begins_with_the_first_and_goes_on_where_one_stopped(school: School) -> None:
    assert school.next() == "07-sample"
    school.start(1)
    assert school.next() == "08-other"
    school.attempt(1, 10)
    assert school.next() == school.next(after="08-other") == "09-third", (
        "as `checker watch` goes on"
    )
    school.start(0)
    assert school.next() == "09-third", "what was left out comes last"
    school.attempt(0, 4)
    assert school.next() == "07-sample"


def test_behind_a_passed_exercise_comes_the_next_that_is_not(school: School) -> None:
    school.attempt(1, 10)
    assert school.next(after="07-sample") == "09-third"
    assert school.next(after="09-third") == "07-sample", "and then what was left out"
    for number in (0, 2):
        school.attempt(number, 10)
    assert school.next(after="07-sample") is None
    assert school.next() is None


def test_the_table_says_states_points_hints_the_sum_and_where_one_stopped(school: School) -> None:
    school.start(0)
    school.attempt(0, 10)
    school.start(1)
    school.attempt(1, 4)
    school.attempt(1, 3)
    (school.exercises[1].folder / "hints.md").write_text("## 1\n\na\n\n## 2\n\nb\n")
    school.workspace.show_hints(school.exercises[1], 1)

    assert school.table() == [
        "07-sample passed, 10 of 10 lesson 00 A test's exercise",
        "> 08-other tried, 4 of 10 1/2 hints lesson 00 A test's exercise",
        "09-third not started lesson 00 A test's exercise",
        "1 of 3 passed, 14 of 30 points, 1 hint seen",
        "next: checker watch 08",
    ]


def test_the_table_is_no_wider_than_the_terminal(school: School) -> None:
    out = io.StringIO()
    standings = find_standings(school.folder, school.workspace)
    print_standings(standings, Console(file=out, width=60, force_terminal=True, color_system=None))
    assert max(map(len, out.getvalue().splitlines())) <= 60


def test_a_notebook_has_room_for_each_title(school: School) -> None:
    toml = school.exercises[0].folder / "exercise.toml"
    title = (
        "A title that is long, and has more words than a terminal of eighty columns has room for"
    )
    toml.write_text(toml.read_text().replace("A test's exercise", title))
    assert school.table()[0].endswith(title)


def test_a_changed_and_a_broken_exercise_are_told(school: School) -> None:
    school.start(0)
    (school.exercises[0].context / "list.csv").write_text("two\n")
    (school.exercises[2].folder / "exercise.toml").write_text("titel = 1\n")

    text = "\n".join(school.table(width=200))

    assert "> 07-sample started *" in text
    assert "* changed since you started it; your work stays: checker start 07" in text
    assert "09-third invalid" in text
    assert "unknown key 'titel'" in text


def test_json_has_the_same(school: School) -> None:
    school.start(1)
    school.attempt(1, 4)
    (school.exercises[2].folder / "exercise.toml").write_text("titel = 1\n")

    report = json.loads(standings_as_json(find_standings(school.folder, school.workspace)))

    assert {name: report[name] for name in report if name != "exercises"} == {
        "version": 1,
        "points": 4,
        "max_points": 20,
        "next": "08-other",
    }
    assert report["exercises"][1] == {
        "slug": "08-other",
        "title": "A test's exercise",
        "lesson": "00-start",
        "state": "tried",
        "points": 4,
        "max_points": 10,
        "attempts": 1,
        "hints_seen": 0,
        "hints": 0,
        "is_outdated": False,
    }
    assert report["exercises"][2]["state"] == "invalid"


def test_what_was_passed_stays_passed_where_there_are_more_points_now(school: School) -> None:
    school.attempt(0, 10)
    toml = school.exercises[0].folder / "exercise.toml"
    toml.write_text(toml.read_text().replace("points = 10", "points = 25"))

    standing = find_standings(school.folder, school.workspace)[0]

    assert isinstance(standing, Standing)
    assert (standing.state, standing.points, standing.max_points) == ("passed", 25, 25)
