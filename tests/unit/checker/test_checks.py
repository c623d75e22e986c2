"""What each kind of check says of a build, told by hand."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.caching import StaysCached
from checker.checks.images import Builds, Runs
from checker.checks.stages import StageSkipped, StagesOverlap
from checker.results import Verdict
from checker.workbench.builds import FailedBuildError
from sandbox import Build, CommandError, RunResult

# -- stages_overlap


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


# -- stage_skipped

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


# -- stays_cached

CACHED = StaysCached("list.csv", keeps=("assets",), reruns=("data",))


def build_twice(make: Any, ask: Any, again: tuple[str, ...]) -> Build:
    """Everything runs in the first build, ``again`` in the one after the edit."""
    first = ask.files["list.csv"] == "one\n"
    names = ("assets", "data") if first else again
    return make.build(*(make.vertex(f"RUN {n}", log=ask.log(n, 1, 2)) for n in names))


@pytest.mark.parametrize(
    ("again", "passed", "said"),
    [
        (("data",), True, "assets was reused, data ran again (1.0 s)."),
        (("assets", "data"), False, "Wanted: assets reused."),
        ((), False, "Wanted: data run again."),
    ],
)
def test_what_ran_again_after_an_edit(
    lab: Any, make: Any, again: tuple[str, ...], passed: bool, said: str
) -> None:
    lab.builder.answer = lambda ask: build_twice(make, ask, again)

    finding = CACHED.measure(lab.bench)

    assert finding.passed is passed
    assert finding.message.startswith("After an edit of list.csv: assets")
    assert said in finding.message


SHOWN = StaysCached("list.csv", keeps=(), reruns=("data",), shows=("{random} {work:data}",))


@pytest.mark.parametrize("reaches", [True, False])
def test_what_is_new_must_be_in_the_image_too(lab: Any, make: Any, reaches: bool) -> None:
    lab.builder.answer = lambda ask: build_twice(make, ask, ("assets", "data"))

    def run(image: str, *args: str, timeout_s: float = 60) -> RunResult:
        last = lab.builder.asks[-1]
        line, work = last.files["list.csv"].splitlines()[-1], last.log("data", 1, 2).split()[2]
        printed = f"{line} {work}\n" if reaches else "one\n"
        return RunResult(0, printed, "", 0.1, timed_out=False)

    lab.builder.run = run

    finding = SHOWN.measure(lab.bench)

    assert finding.passed is reaches
    assert ("shows what is new" in finding.message) is reaches
    assert ("printed: one\nWanted, but missing: " in finding.message) is not reaches


def test_a_check_of_no_work_is_refused() -> None:
    with pytest.raises(ValueError, match="keeps and reruns are empty"):
        StaysCached("list.csv", keeps=(), reruns=())


def test_the_edit_is_random_cached_and_undone(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: build_twice(make, ask, ("data",))

    CACHED.measure(lab.bench)
    CACHED.measure(lab.bench)

    first, *edited = lab.builder.asks
    assert ["--no-cache" in ask.argv for ask in (first, *edited)] == [True, False, False]
    assert edited[0].files["list.csv"].startswith("one\n")
    assert edited[0].files["list.csv"] != edited[1].files["list.csv"]
    assert lab.bench.context.folder.joinpath("list.csv").read_text() == "one\n"


def test_work_that_never_ran_cannot_be_reused(lab: Any, make: Any) -> None:
    finding = CACHED.measure(lab.bench)

    assert not finding.passed
    assert "assets never ran in the first build" in finding.message
    assert "its output stays in the build's log" in finding.message


# -- builds, runs


def test_builds_passes_when_the_build_does(lab: Any) -> None:
    assert Builds().measure(lab.bench).passed


def test_builds_needs_a_build_that_ends_well(lab: Any, make: Any) -> None:
    lab.builder.answer = lambda ask: make.build(exit_code=1, message="ERROR: no")
    with pytest.raises(FailedBuildError):
        Builds().measure(lab.bench)


def test_runs_wants_every_text_with_this_grading_s_values(lab: Any) -> None:
    check = Runs(("hello {nonce}",), args=("cat",))
    lab.builder.result = RunResult(0, f"hello {lab.bench.values.nonce}\n", "", 0.2, timed_out=False)
    assert check.measure(lab.bench).passed
    assert lab.builder.runs == [(lab.builder.asks[0].option("--tag"), "cat")]

    lab.builder.result = RunResult(0, "hello 123456\n", "", 0.2, timed_out=False)
    finding = check.measure(lab.bench)
    assert not finding.passed
    assert finding.message == (
        f"The container printed: hello 123456\nWanted, but missing: hello {lab.bench.values.nonce}"
    )


def test_only_images_that_run_are_exported(lab: Any) -> None:
    SKIPPED.measure(lab.bench)
    Runs(("hello",), target="test").measure(lab.bench)

    options = [(ask.target, ask.option("--output")) for ask in lab.builder.asks]
    assert options == [(None, None), ("test", "type=cacheonly"), ("test", None)]
    assert lab.builder.runs == [(lab.builder.asks[2].option("--tag"),)]


def test_runs_wants_the_exit_code(lab: Any) -> None:
    lab.builder.result = RunResult(3, "hello\n", "sad\n", 0.2, timed_out=False)

    finding = Runs(("hello",)).measure(lab.bench)

    assert not finding.passed
    assert "exit code 3" in finding.message
    assert "On stderr: sad" in finding.message


def test_a_container_that_never_ends_is_a_timeout(lab: Any) -> None:
    lab.builder.result = RunResult(None, "", "", 10.0, timed_out=True)

    finding = Runs(("hello",)).measure(lab.bench)

    assert (finding.passed, finding.verdict) == (False, Verdict.TIMEOUT)


def test_an_image_that_cannot_start_is_the_learner_s(lab: Any) -> None:
    said = "docker: exec: no such file"
    lab.builder.result = CommandError("no", next_step="look", exit_code=127, stderr_tail=said)

    finding = Runs(("hello",)).measure(lab.bench)

    assert not finding.passed
    assert said in finding.message


def test_an_engine_that_is_gone_is_not(lab: Any) -> None:
    said = "docker: Cannot connect to the Docker daemon at unix:///run/docker.sock."
    lab.builder.result = CommandError("no", next_step="look", exit_code=125, stderr_tail=said)

    with pytest.raises(CommandError):
        Runs(("hello",)).measure(lab.bench)
