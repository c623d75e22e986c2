"""A grade, told to people."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from checker import Grade, Verdict
from checker.report import print_grade


def text_of(grade: Grade) -> str:
    out = io.StringIO()
    print_grade(grade, Console(file=out, width=60))
    return out.getvalue()


def test_text_gives_the_fact_then_what_was_wanted_then_where_to_look(failed: Grade) -> None:
    lines = [line.strip() for line in text_of(failed).splitlines()]

    fact = lines.index("Ran: assets 0.0\N{EN DASH}1.5 s.")
    assert lines[fact + 1].startswith("Wanted: at least 0.3 s.")
    assert lines[fact + 2] == "Look here: Look at [both]."
    assert lines[-2] == "failed: 10 of 60 points, 4.6 s"
    assert lines[-1].endswith("checker hint 01")


def test_one_advice_is_enough(failed: Grade) -> None:
    checks = tuple(replace(c, message="Alas.\nNext: correct that line.") for c in failed.checks)
    assert "Look here" in text_of(failed)
    assert "Look here" not in text_of(replace(failed, checks=checks))


def test_what_a_build_printed_does_not_steer_the_terminal(failed: Grade) -> None:
    text = text_of(failed)

    assert "\x1b" not in text
    assert "[red]" in text


def test_a_fault_is_called_no_fault_of_the_learner(failed: Grade) -> None:
    fault = Grade("01-x", "T", Verdict.INFRASTRUCTURE, 0.1, failed.checks[:1])

    assert "not your fault" in text_of(fault).splitlines()[-1]
