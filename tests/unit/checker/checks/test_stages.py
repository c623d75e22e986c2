"""What is said of stages that run side by side, and of one that is skipped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.checks.stages import StageSkipped, StagesOverlap
from sandbox import Build


def two_vertexes(make: Any, ask: Any, data_begin_s: float, data_vertex_s: float) -> Build:
    """Assets at work 0-2 s; data for 2 s from ``data_begin_s``, its vertex from another time."""
    return make.build(
        make.vertex("[a] RUN assets", 0.0, 2.0, log=ask.log("assets", 100.0, 102.0)),
        make.vertex(
            "[b] RUN data",
            data_vertex_s,
            data_vertex_s + 2.0,
            log=ask.log("data", 100.0 + data_begin_s, 102.0 + data_begin_s),
        ),
    )


def test_overlap_is_measured_and_said(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: two_vertexes(make, ask, 0.5, 0.5)

    finding = StagesOverlap(("assets", "data"), 0.5).measure(lab.bench)

    assert finding.passed
    assert (
        finding.message
        == "Ran: assets 0.0\N{EN DASH}2.0 s, data 0.5\N{EN DASH}2.5 s: 1.5 s overlapped."
    )
    assert finding.evidence["overlap_s"] == 1.5
    assert finding.evidence["wanted_s"] == 1.0
    assert "--no-cache" in lab.builder.asks[0].argv


@pytest.mark.parametrize(
    ("data_begin_s", "data_vertex_s", "case"),
    [
        (2.0, 2.0, "one after the other"),
        (2.0, 0.5, "the vertexes overlap by sleeping, the work does not"),
        (0.5, 2.0, "the printed times overlap, the vertexes do not"),
        (1.5, 1.5, "half a second, when a second is wanted"),
    ],
)
def test_what_does_not_overlap_enough_fails(
    lab: Any, make: Any, data_begin_s: float, data_vertex_s: float, case: str
) -> None:
    lab.builder.answer = lambda ask: two_vertexes(make, ask, data_begin_s, data_vertex_s)

    finding = StagesOverlap(("assets", "data"), 0.5).measure(lab.bench)

    assert not finding.passed, case
    assert finding.message.startswith("Ran: assets")
    assert "Wanted: at least 1.0 s." in finding.message


def test_both_in_one_vertex_are_not_apart(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN both", 0, 2, log=ask.log("assets", 1, 3) + ask.log("data", 1, 3))
    )

    finding = StagesOverlap(("assets", "data")).measure(lab.bench)

    assert not finding.passed
    assert "in one vertex: RUN both" in finding.message


@pytest.mark.parametrize(
    ("runs", "end_s", "said"),
    [(0, 2.0, "never ran"), (2, 2.0, "2 times"), (1, None, "never ended")],
)
def test_work_that_ran_not_at_all_or_twice_or_without_end_fails(
    lab: Any, make: Any, runs: int, end_s: float | None, said: str
) -> None:
    lab.builder.answer = lambda ask: make.build(
        *(make.vertex(f"RUN {n}", log=ask.log("assets", 1.0, end_s)) for n in range(runs)),
        make.vertex("RUN data", log=ask.log("data", 1.0, 2.0)),
    )

    finding = StagesOverlap(("assets", "data")).measure(lab.bench)

    assert not finding.passed
    assert said in finding.message
    assert "Wanted: it" in finding.message


SKIPPED = StageSkipped("tests", "test", "list.csv", "broken {nonce}\n")


def apart_tests(make: Any, ask: Any) -> Build:
    """A right solution: tests run for the target alone, and fail when the list is broken."""
    if ask.target is None:
        return make.build(make.vertex("RUN app"))
    broken = ask.files["list.csv"] == f"broken {ask.nonce}\n"
    log = ask.log("tests", 1, None if broken else 2)
    return make.build(make.vertex("RUN tests", log=log), exit_code=1 if broken else 0)


def test_skipped_by_default_and_real_on_demand(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: apart_tests(make, ask)

    finding = SKIPPED.measure(lab.bench)

    assert finding.passed
    assert "never ran tests; `--target test` did, in 1.0 s" in finding.message
    assert lab.bench.context.folder.joinpath("list.csv").read_text() == "one\n"


@pytest.mark.parametrize("runs_them", [True, False])
def test_one_of_the_cases_must_make_it_fail(lab: Any, make: Any, runs_them: bool) -> None:
    def answer(ask: Any) -> Build:
        is_broken = ask.files["nonce.txt"].startswith("test ")
        if runs_them and is_broken and ask.target is not None:
            return make.build(make.vertex("RUN tests"), exit_code=1)
        return apart_tests(make, ask)

    lab.builder.answer = answer

    finding = replace(SKIPPED, cases=("nonce.txt",)).measure(lab.bench)

    assert finding.passed is runs_them
    assert ("With nonce.txt replaced by a case that fails" in finding.message) is (not runs_them)


def test_tests_in_the_default_build_fail_it(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        make.vertex("RUN tests", log=ask.log("tests", 1, 2))
    )

    finding = SKIPPED.measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("The default build ran tests (1.0 s) in RUN tests.")


def test_a_target_that_is_not_there_fails_it(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: (
        make.build()
        if ask.target is None
        else make.build(exit_code=1, message="ERROR: target stage could not be found")
    )

    finding = SKIPPED.measure(lab.bench)

    assert not finding.passed
    assert "target stage could not be found" in finding.message


def test_a_target_that_runs_no_tests_fails_it(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(make.vertex("RUN true"))

    finding = SKIPPED.measure(lab.bench)

    assert not finding.passed
    assert "tests never ran in it" in finding.message


def test_tests_whose_failure_is_swallowed_fail_it(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(
        *([make.vertex("RUN tests || true", log=ask.log("tests", 1, 2))] if ask.target else [])
    )

    finding = SKIPPED.measure(lab.bench)

    assert not finding.passed
    assert "`--target test` still built" in finding.message


def test_tests_that_the_default_build_runs_silently_fail_it(lab: Any, make: Any) -> None:
    def answer(ask: Any) -> Build:
        broken = ask.files["list.csv"] != "one\n"
        log = ask.log("tests", 1, 2) if ask.target else ""
        return make.build(make.vertex("RUN tests", log=log), exit_code=1 if broken else 0)

    lab.builder.answer = answer

    finding = SKIPPED.measure(lab.bench)

    assert not finding.passed
    assert "the default build failed too" in finding.message
