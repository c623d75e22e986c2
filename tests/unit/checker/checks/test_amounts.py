"""The words for what a program printed."""

from __future__ import annotations

import pytest

from checker.checks.amounts import tail, tail_of_error

STACK = "\n".join(f"    at function{n} (node:internal/modules:{n})" for n in range(20))


@pytest.mark.parametrize(
    "named",
    [
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'tides'",
        "ModuleNotFoundError: No module named 'tides'",
        "panic: no tides",
    ],
)
def test_a_long_stack_keeps_the_line_that_names_the_error(named: str) -> None:
    told = tail_of_error(f"node:internal:1\n{named}\n{STACK}\n")
    assert told.splitlines()[:2] == [named, "…"]
    assert told.endswith(tail(STACK))


def test_what_the_end_says_already_is_said_once() -> None:
    text = "Traceback:\n  line 1\nValueError: no tides\n"
    assert tail_of_error(text) == tail(text)
    assert tail_of_error(STACK) == tail(STACK)
