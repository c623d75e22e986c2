"""A grade, told to people and to programs."""

from __future__ import annotations

import io
import json

from rich.console import Console

from checker import CheckResult, Grade, Status, Verdict
from checker.report import as_json, print_grade, show_progress

GRADE = Grade(
    "01-parallel-stages",
    "Two preparations",
    Verdict.FAILED,
    4.56789,
    (
        CheckResult("builds", "builds", "It builds", Status.PASSED, 10, 10, "It built in 2.0 s."),
        CheckResult(
            "overlap",
            "stages_overlap",
            "They overlap",
            Status.FAILED,
            0,
            50,
            "Ran: assets 0.0\N{EN DASH}1.5 s.\nWanted: at least 0.3 s. [red]\x1b[2J\tend",
            "Look at [both].",
            {"overlap_s": 0.0},
        ),
    ),
)


def text_of(grade: Grade) -> str:
    out = io.StringIO()
    print_grade(grade, Console(file=out, width=60))
    return out.getvalue()


def test_json_is_one_object_with_exactly_the_promised_keys() -> None:
    assert json.loads(as_json(GRADE)) == {
        "version": 1,
        "exercise": "01-parallel-stages",
        "verdict": "failed",
        "points": 10,
        "max_points": 60,
        "duration_s": 4.568,
        "checks": [
            {
                "id": "builds",
                "kind": "builds",
                "title": "It builds",
                "status": "passed",
                "points": 10,
                "max_points": 10,
                "message": "It built in 2.0 s.",
                "evidence": {},
            },
            {
                "id": "overlap",
                "kind": "stages_overlap",
                "title": "They overlap",
                "status": "failed",
                "points": 0,
                "max_points": 50,
                "message": GRADE.checks[1].message,
                "evidence": {"overlap_s": 0.0},
            },
        ],
    }
    assert "\n" not in as_json(GRADE)


def test_text_gives_the_fact_then_what_was_wanted_then_where_to_look() -> None:
    lines = [line.strip() for line in text_of(GRADE).splitlines()]

    fact = lines.index("Ran: assets 0.0\N{EN DASH}1.5 s.")
    assert lines[fact + 1].startswith("Wanted: at least 0.3 s.")
    assert lines[fact + 2] == "Look here: Look at [both]."
    assert lines[-2] == "failed: 10 of 60 points, 4.6 s"
    assert lines[-1].endswith("checker hint 01")


def test_what_a_build_printed_does_not_steer_the_terminal() -> None:
    text = text_of(GRADE)

    assert "\x1b" not in text
    assert "[red]" in text


def test_a_fault_is_called_no_fault_of_the_learner() -> None:
    fault = Grade("01-x", "T", Verdict.INFRASTRUCTURE, 0.1, GRADE.checks[:1])

    assert "no fault of yours" in text_of(fault).splitlines()[-1]


def test_a_log_has_each_line_of_the_sandbox_once_when_its_work_begins() -> None:
    out = io.StringIO()
    with show_progress(Console(file=out, width=20)) as progress:
        progress.grading("building the default target")
        progress.sandbox("fetching lab/[busybox] from Debian (once) …")
        begun = out.getvalue()
        progress.grading("running the image")

    assert begun == "fetching lab/[busybox] from Debian (once) …\n"
    assert out.getvalue() == begun


def test_a_terminal_shows_both_and_keeps_neither() -> None:
    out = io.StringIO()
    with show_progress(Console(file=out, width=60, force_terminal=True)) as progress:
        progress.sandbox("fetching lab/[busybox]")
        progress.grading("running the image")

    assert "running the image" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K"), "the line is erased at the end"
