"""Results where nothing was measured, and what no result may hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from checker import Exercise, Status, SubmissionError, Verdict
from checker.errors import UnreadableFileError
from checker.grading.measurement import give_up, measure, reject
from sandbox import RunResult

BUILDS_TWICE = """\
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 10
hint = "Read the message."
[[checks]]
id = "test"
kind = "builds"
title = "Its tests build"
points = 20
hint = "Read the message."
params = { target = "test" }
"""


def test_a_submission_that_cannot_be_graded(make_exercise: Callable[..., Exercise]) -> None:
    exercise = make_exercise(BUILDS_TWICE)

    result = reject(exercise, SubmissionError("Dockerfile is empty.", next_step="write it"))

    assert (result.verdict, result.points) == (Verdict.INVALID_SUBMISSION, 0)
    assert [check.status for check in result.checks] == [Status.FAILED, Status.SKIPPED]
    assert result.checks[0].message == "Dockerfile is empty.\nWanted: write it."
    assert result.checks[0].hint == ""
    assert result.checks[1].message == "Not measured: nothing was run."


def test_a_file_that_the_machine_cannot_read_is_nobodys_zero(
    make_exercise: Callable[..., Exercise],
) -> None:
    error = UnreadableFileError("Dockerfile cannot be read: Input/output error.", next_step="look")

    result = reject(make_exercise(BUILDS_TWICE), error)

    assert result.verdict is Verdict.INFRASTRUCTURE
    assert result.checks[0].status is Status.ERROR
    assert result.checks[0].message == error.message


def test_a_fault_of_ours_gives_no_points_and_skips_the_rest(
    make_exercise: Callable[..., Exercise],
) -> None:
    results, verdict = give_up(make_exercise(BUILDS_TWICE), "The engine is gone.", "sandbox up")

    assert verdict is Verdict.INFRASTRUCTURE
    assert [(one.status, one.points) for one in results] == [(Status.ERROR, 0), (Status.SKIPPED, 0)]
    assert (results[0].message, results[0].evidence) == (
        "The engine is gone.",
        {"next_step": "sandbox up"},
    )
    assert "not your fault" in results[1].message


PRINTS = """\
[[checks]]
id = "prints"
kind = "runs"
title = "It prints"
points = 10
hint = "Read the message."
params = { contains = ["{hidden:SPECIAL} {nonce}"] }
"""


def test_a_result_holds_no_random_value(lab: Any, make_exercise: Callable[..., Exercise]) -> None:
    hidden = {"SPECIAL": "Special of the day: 0123456789abcdef"}
    lab.bench.values = replace(lab.bench.values, hidden=hidden)
    values = [*hidden.values(), "5ec4e7", "0dd5e7", "c0ffee", lab.bench.values.registry]
    printed = " ".join(values)
    lab.builder.result = RunResult(0, printed, printed, 0.1, timed_out=False)

    (result,), _ = measure(make_exercise(PRINTS), lab.bench)

    assert result.status is Status.FAILED
    assert "Wanted, but missing: [hidden text SPECIAL] [random digits]" in result.message
    assert result.evidence["missing"] == ["[hidden text SPECIAL] [random digits]"]
    kept = json.dumps([result.message, result.evidence])
    assert [value for value in values if value in kept] == []
