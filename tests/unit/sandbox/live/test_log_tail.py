"""Bounded logs: what is kept, what is handed out, and how lines are cleaned."""

from __future__ import annotations

import pytest

from sandbox.live.log_tail import (
    LEAST_LINES,
    MOST_LETTERS,
    MOST_LINES,
    LogTails,
    NewLines,
    as_shown,
)


def numbered(first: int, end: int) -> str:
    return "".join(f"{number}\n" for number in range(first, end))


def test_lines_are_handed_out_once() -> None:
    tails = LogTails()
    tails.add("a", "one\ntwo\n")
    assert tails.take({"a"}) == (NewLines("a", 0, ("one", "two")),)
    assert tails.take({"a"}) == ()
    tails.add("a", "three\n")
    assert tails.take({"a"}) == (NewLines("a", 2, ("three",)),)


def test_lines_of_an_unknown_vertex_wait() -> None:
    tails = LogTails()
    tails.add("a", "one\n")
    assert tails.take(()) == ()
    assert tails.take({"a"}) == (NewLines("a", 0, ("one",)),)


def test_the_first_lines_go_and_are_counted() -> None:
    tails = LogTails()
    tails.add("a", numbered(0, 10))
    tails.take({"a"})
    tails.add("a", numbered(10, 100_000))
    (new,) = tails.take({"a"})
    assert len(new.lines) == MOST_LINES
    assert new.first == 100_000 - MOST_LINES
    assert new.lines[0] == str(new.first)
    assert tails.seen("a") == 100_000


def test_many_vertexes_share() -> None:
    tails = LogTails()
    names = [str(number) for number in range(300)]
    for name in names:
        tails.add(name, numbered(0, 3000))
    assert tails.most_lines == LEAST_LINES
    assert {len(new.lines) for new in tails.take(names)} == {LEAST_LINES}


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("plain, with\ttab", "plain, with\ttab"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("windows\r", "windows"),
        ("bell\x07 and null\x00", "bell and null"),
        ("x" * 5000, "x" * (MOST_LETTERS - 1) + "…"),
    ],
)
def test_a_line_as_a_terminal_leaves_it(printed: str, shown: str) -> None:
    assert as_shown(printed) == shown
