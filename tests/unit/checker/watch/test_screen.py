"""What a watch prints, on a terminal and elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.watch.screen import WatchScreen

FAILED = Grade(
    "07-sample",
    "T",
    Verdict.FAILED,
    1.5,
    (
        CheckResult("builds", "builds", "It builds", Status.PASSED, 10, 10, "It built in 1.0 s."),
        CheckResult("greets", "runs", "It greets", Status.FAILED, 0, 10, "It printed: no", "Look."),
        CheckResult("small", "image_size", "It is small", Status.FAILED, 0, 10, "9 MB"),
    ),
)
PASSED = Grade("07-sample", "T", Verdict.PASSED, 1.5, FAILED.checks[:1])


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    return make_exercise()


def shown(
    act: Callable[[WatchScreen], object], *, terminal: bool = False, has_keys: bool = True
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=terminal, highlight=False)
    screen = WatchScreen(console, has_keys=has_keys)
    act(screen)
    screen.close()
    return out.getvalue()


def test_a_failed_grading_shows_what_to_look_at_first_and_no_more() -> None:
    text = shown(lambda screen: screen.graded(FAILED, None))

    assert "It greets" in text
    assert "Look here: Look." in text
    assert "failed: 10 of 30 points, 1.5 s" in text
    assert "It builds" not in text
    assert "It is small" not in text


def test_all_checks_are_shown_when_they_are_asked_for() -> None:
    text = shown(lambda screen: screen.whole(FAILED))

    assert "It builds" in text
    assert "It is small" in text


def test_a_pass_says_what_is_next_and_how_to_get_there(exercise: Exercise) -> None:
    by_key = shown(lambda screen: screen.graded(PASSED, exercise))
    by_itself = shown(lambda screen: screen.graded(PASSED, exercise), has_keys=False)
    last = shown(lambda screen: screen.graded(PASSED, None))

    assert "next: 07-sample · A test's exercise (press n)" in by_key
    assert "(it follows)" in by_itself
    assert "you have passed them all" in last


def test_a_save_is_a_line_where_there_is_no_terminal_and_changes_the_last_line_where_one_is(
    exercise: Exercise,
) -> None:
    def act(screen: WatchScreen) -> None:
        screen.saved()
        screen.doing("building the default target")

    log, screen = shown(act), shown(act, terminal=True)

    assert log.startswith("Saved at ")
    assert log.count("\n") == 1
    assert "\x1b" not in log
    assert "building the default target" in screen
    assert screen.endswith("\x1b[?25h\r\x1b[1A\x1b[2K"), "the line is gone, the cursor back"


@pytest.mark.parametrize("has_keys", [True, False])
def test_it_says_that_each_save_is_graded(has_keys: bool) -> None:
    assert "Each save is graded" in shown(lambda screen: screen.rest(), has_keys=has_keys)


def test_every_line_of_its_own_fits_into_80_columns(exercise: Exercise) -> None:
    def act(screen: WatchScreen) -> None:
        screen.saved()
        screen.graded(PASSED, exercise)
        screen.graded(FAILED, None)
        screen.rest()

    assert max(map(len, shown(act).splitlines())) <= 80
