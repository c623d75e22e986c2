"""What is said of a build and of a container of its image."""

from __future__ import annotations

from typing import Any

import pytest

from checker.checks.images import Builds, Runs
from checker.checks.stages import StageSkipped
from checker.results import Verdict
from checker.workbench.builds import FailedBuildError
from sandbox import CommandError, EngineError, RunResult


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
    StageSkipped("tests", "test", "list.csv", "broken {nonce}\n").measure(lab.bench)
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
    assert not Runs(("hello",)).measure(lab.bench).passed, "anybody can say so"
    lab.builder.result = EngineError("The engine went away.", next_step="start it")

    with pytest.raises(EngineError):
        Runs(("hello",)).measure(lab.bench)
