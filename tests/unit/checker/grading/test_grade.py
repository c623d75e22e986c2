"""Verdicts, points and retries."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checker import Exercise, ExerciseError, Grade, Status, Verdict
from checker.grading.grade import grade
from checker.grading.measurement import ENGINE_LOST
from checker.grading.submission import Submission
from checker.workbench.grading_run import GradingRun
from sandbox import Build, BuildTimeout, EngineError, Strain
from tests.unit.checker.conftest import BUILDS, RUNS

CACHED = """\
[[checks]]
id = "cached"
kind = "stays_cached"
title = "It is reused"
points = 5
hint = "Look."
params = { edit = "nowhere.txt", keeps = ["a"], reruns = [] }
"""
SUBMISSION = Submission({"Dockerfile": b"FROM lab/busybox\n"})


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    return make_exercise(BUILDS + RUNS)


def statuses(result: Grade) -> list[Status]:
    return [check.status for check in result.checks]


def test_all_passed(exercise: Exercise, make: Any) -> None:
    builder = make.builder(lambda ask: make.build())
    times = iter([100.0, 104.5])

    result = grade(exercise, SUBMISSION, builder, clock=lambda: next(times))

    assert (result.verdict, result.points, result.max_points) == (Verdict.PASSED, 30, 30)
    assert result.duration_s == 4.5
    assert len(builder.asks) == 1, "two checks of one build build once"


def test_partial_points(exercise: Exercise, make: Any) -> None:
    builder = make.builder(lambda ask: make.build())
    builder.result = type(builder.result)(0, "good bye\n", "", 0.1, timed_out=False)

    result = grade(exercise, SUBMISSION, builder)

    assert (result.verdict, result.points) == (Verdict.FAILED, 10)
    assert result.checks[1].hint == "Run it."


@pytest.mark.parametrize("until_failed", [False, True])
def test_one_failed_check_is_enough_for_who_asks_whether_it_passes(
    make_exercise: Callable[..., Exercise], make: Any, *, until_failed: bool
) -> None:
    builder = make.builder(lambda ask: make.build())
    builder.result = type(builder.result)(0, "good bye\n", "", 0.1, timed_out=False)
    exercise = make_exercise(RUNS + BUILDS)

    result = grade(exercise, SUBMISSION, builder, GradingRun(until_failed=until_failed))

    assert result.verdict is Verdict.FAILED
    assert statuses(result) == [Status.FAILED, Status.SKIPPED if until_failed else Status.PASSED]


def test_the_context_is_the_exercise_s_own_the_nonce_new_and_nothing_stays(
    exercise: Exercise, make: Any
) -> None:
    builder = make.builder(lambda ask: make.build())
    submission = Submission({"Dockerfile": b"FROM x\n"})

    grade(exercise, submission, builder)
    grade(exercise, submission, builder)

    one, two = builder.asks
    assert one.files["Dockerfile"] == "FROM x\n"
    assert one.files["list.csv"] == "one\n"
    assert one.nonce != two.nonce
    assert "@lab-nonce@" not in one.nonce
    assert not one.folder.exists()
    tags = [one.option("--tag"), two.option("--tag")]
    assert tags[0] != tags[1]
    removed = [command for command in builder.commands if command[:2] == ("image", "rm")]
    assert [command[-1] for command in removed] == tags
    assert (exercise.context / "nonce.txt").read_text() == "@lab-nonce@\n"


def test_a_failed_build_is_told_in_buildkit_s_words_and_the_rest_is_skipped(
    exercise: Exercise, make: Any
) -> None:
    message = "Dockerfile:2\n   2 | >>> RUN false\nERROR: failed to solve: exit code: 1"
    failed = make.vertex("[2/2] RUN false", log="oh no\n", error="exit code: 1")
    builder = make.builder(lambda ask: make.build(failed, exit_code=1, message=message))

    result = grade(exercise, SUBMISSION, builder)

    assert (result.verdict, result.points) == (Verdict.BUILD_ERROR, 0)
    assert statuses(result) == [Status.FAILED, Status.SKIPPED]
    assert ">>> RUN false" in result.checks[0].message
    assert "  oh no" in result.checks[0].message
    assert result.checks[0].hint == "Read the message."


def test_a_hint_on_something_else_is_not_given_to_a_build_that_failed(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    builder = make.builder(lambda ask: make.build(exit_code=1, message="ERROR: no"))

    result = grade(make_exercise(RUNS), SUBMISSION, builder)

    assert result.checks[0].status is Status.FAILED
    assert result.checks[0].hint == ""


NOT_THERE = (
    "Dockerfile:1\n   1 | >>> FROM {0}\nERROR: failed to build: failed to solve: {0}: failed to "
    "resolve source metadata for {1}: {1}: not found"
)


@pytest.mark.parametrize(
    ("named", "tags"),
    [("docker.io/lab/node:22", "latest."), ("docker.io/docker/dockerfile:1-labs", "latest, 1, ")],
)
def test_who_asks_for_another_tag_is_told_the_tags(
    exercise: Exercise, make: Any, named: str, tags: str
) -> None:
    builder = make.builder(
        lambda ask: make.build(exit_code=1, message=NOT_THERE.format(named, named))
    )

    told = grade(exercise, SUBMISSION, builder).checks[0].message

    name = named.removeprefix("docker.io/").partition(":")[0]
    assert f"The lab has {name} with these tags: {tags}" in told
    assert ("without COPY --parents" in told) is (name == "docker/dockerfile")


@pytest.mark.parametrize(
    ("named", "full", "meant"),
    [
        ("busybox", "docker.io/library/busybox:latest", " Did you mean lab/busybox?"),
        ("node:22", "docker.io/library/node:22", " Did you mean lab/node?"),
        ("nginx:1", "docker.io/library/nginx:1", ""),
    ],
)
def test_who_asks_for_an_image_of_docker_hub_is_told_which_there_are(
    exercise: Exercise, make: Any, named: str, full: str, meant: str
) -> None:
    message = NOT_THERE.format(named, full)
    builder = make.builder(lambda ask: make.build(exit_code=1, message=message))

    *_, told, step, read_on = grade(exercise, SUBMISSION, builder).checks[0].message.splitlines()

    assert told.startswith(
        "Likely cause: The lab has no Docker Hub. Base images here: lab/busybox, lab/debian, "
    )
    assert "moby/buildkit" not in told
    assert "lab/sbom-scanner" not in told
    assert told.endswith(f"lab/python.{meant}")
    assert step.startswith("Next: write the name of one of these")
    assert read_on.startswith("Read on: ")


def test_an_image_that_was_to_be_in_the_registry_is_none_of_docker_hub(
    exercise: Exercise, make: Any
) -> None:
    message = NOT_THERE.format("localhost:5000/app", "localhost:5000/app:latest")
    builder = make.builder(lambda ask: make.build(exit_code=1, message=message))

    assert "Docker Hub" not in grade(exercise, SUBMISSION, builder).checks[0].message


@pytest.mark.parametrize(
    ("strain", "verdict"),
    [
        (Strain(oom_kills=1, least_free_bytes=1 << 40), Verdict.OUT_OF_MEMORY),
        (Strain(oom_kills=None, least_free_bytes=4096), Verdict.DISK_FULL),
        (Strain(oom_kills=0, least_free_bytes=1 << 40), Verdict.BUILD_ERROR),
        (Strain(oom_kills=None, least_free_bytes=1 << 40), Verdict.BUILD_ERROR),
        (None, Verdict.BUILD_ERROR),
    ],
)
@pytest.mark.parametrize(
    "message",
    [
        "ERROR: write /x: no space left on device",
        "ERROR: process did not complete successfully: exit code: 137",
        "ERROR: cannot allocate memory",
        "ERROR: failed to receive status: rpc error: code = Unavailable desc = EOF",
    ],
)
def test_causes_are_what_the_kernel_counted_and_not_what_a_build_says(
    exercise: Exercise, make: Any, message: str, strain: Strain | None, verdict: Verdict
) -> None:
    made = replace(make.build(exit_code=1, message=message), strain=strain)

    assert grade(exercise, SUBMISSION, make.builder(lambda ask: made)).verdict is verdict


@pytest.mark.parametrize(
    ("strain", "verdict", "said"),
    [
        (Strain(2, 1 << 40), Verdict.OUT_OF_MEMORY, "used up the memory of the sandbox"),
        (Strain(0, 4096), Verdict.DISK_FULL, "used up the disk of the sandbox"),
        (Strain(0, 1 << 40), Verdict.INFRASTRUCTURE, "gone"),
    ],
)
def test_who_ends_the_engine_has_failed(
    exercise: Exercise, make: Any, strain: Strain, verdict: Verdict, said: str
) -> None:
    def answer(ask: Any) -> Build:
        made = replace(make.build(exit_code=1), strain=strain)
        raise EngineError("gone", next_step="wait", build=made)

    builder = make.builder(answer)
    result = grade(exercise, SUBMISSION, builder)

    assert result.verdict is verdict
    assert said in result.checks[0].message
    if verdict is Verdict.INFRASTRUCTURE:
        assert result.checks[0].evidence[ENGINE_LOST] is True
    # Another try would end it again.
    assert len(builder.asks) == (2 if verdict is Verdict.INFRASTRUCTURE else 1)


def test_time_is_up(exercise: Exercise, make: Any) -> None:
    at_work = make.vertex("[2/2] RUN sleep 600", completed=False)

    def answer(ask: Any) -> Build:
        late = make.build(at_work, exit_code=130, duration_s=20.0)
        raise BuildTimeout("late", build=late, next_step="wait")

    builder = make.builder(answer)
    result = grade(exercise, SUBMISSION, builder)

    assert result.verdict is Verdict.TIMEOUT
    assert statuses(result) == [Status.FAILED, Status.SKIPPED]
    assert "[2/2] RUN sleep 600" in result.checks[0].message
    assert result.checks[0].hint == ""
    assert not builder.asks[0].folder.exists()


def test_what_builds_used_is_taken_off_the_time(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    checks = BUILDS + BUILDS.replace('id = "builds"', 'id = "test"') + 'params.target = "test"\n'
    builder = make.builder(lambda ask: make.build(duration_s=15.0))

    grade(make_exercise(checks), SUBMISSION, builder)

    assert [ask.timeout_s for ask in builder.asks] == [20.0, 5.0]


def gone(ask: Any) -> Build:
    raise EngineError("The engine is gone.", next_step="run `sandbox up`")


def test_an_engine_fault_is_tried_once_more(exercise: Exercise, make: Any) -> None:
    def recovered(ask: Any) -> Build:
        return gone(ask) if len(builder.asks) == 1 else make.build()

    builder = make.builder(recovered)

    result = grade(exercise, SUBMISSION, builder)

    assert result.verdict is Verdict.PASSED
    assert builder.ups == 2
    assert builder.asks[0].nonce != builder.asks[1].nonce


def test_a_second_engine_fault_is_infrastructure_and_scores_nothing(
    exercise: Exercise, make: Any
) -> None:
    builder = make.builder(gone)

    result = grade(exercise, SUBMISSION, builder)

    assert (result.verdict, result.points) == (Verdict.INFRASTRUCTURE, 0)
    assert statuses(result) == [Status.ERROR, Status.SKIPPED]
    assert "run `sandbox up`" in result.checks[0].message
    assert len(builder.asks) == 2


def test_a_fault_of_the_machine_is_infrastructure(exercise: Exercise, make: Any) -> None:
    shutil.rmtree(exercise.context)

    result = grade(exercise, SUBMISSION, make.builder(lambda ask: make.build()))

    assert result.verdict is Verdict.INFRASTRUCTURE
    assert "No such file or directory" in result.checks[0].message


def test_params_that_do_not_fit_the_context_are_the_author_s_fault(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    builder = make.builder(lambda ask: make.build(make.vertex("RUN a", log=ask.log("a", 1.0, 2.0))))

    with pytest.raises(ExerciseError, match="wants to edit nowhere"):
        grade(make_exercise(CACHED), SUBMISSION, builder)
