"""Verdicts, points, retries, and the learner's command."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import checker.grading.grade
from checker import Exercise, ExerciseError, Grade, Status, Verdict
from checker.grading.grade import grade
from checker.grading.measurement import ENGINE_LOST
from checker.grading.submission import Submission
from checker.workbench.grading_run import GradingRun
from sandbox import Build, BuildTimeout, EngineError, Strain

RUNS = """\
[[checks]]
id = "greets"
kind = "runs"
title = "It greets"
points = 20
hint = "Run it."
params = { contains = ["hello"] }
"""
CACHED = """\
[[checks]]
id = "cached"
kind = "stays_cached"
title = "It is reused"
points = 5
hint = "Look."
params = { edit = "nowhere.txt", keeps = ["a"], reruns = [] }
"""
BUILDS = """\
[[checks]]
id = "builds"
kind = "builds"
title = "It builds"
points = 10
hint = "Read the message."
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


LINE_HEADER = """\
format_version = 1
title = "A line"
lesson = "00-start"
concepts = []
timeout_s = 20
submit = ["build.cmd"]
secrets = ["TOKEN"]
variables = ["VERSION"]
"""


def test_a_learner_s_line_is_what_runs_with_random_values_for_its_variables(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    exercise = make_exercise(BUILDS, header=LINE_HEADER)
    (exercise.context / "token.txt").write_text("@lab-secret:TOKEN@ @lab-variable:VERSION@")
    builder = make.builder(lambda ask: make.build())
    line = b"docker buildx build --push -t $REGISTRY/app:$VERSION --secret id=t,env=TOKEN .\n"

    grades = [grade(exercise, Submission({"build.cmd": line}), builder) for _ in range(2)]

    assert [made.verdict for made in grades] == [Verdict.PASSED] * 2
    one, two = builder.asks
    registry, version = one.env["REGISTRY"], one.env["VERSION"]
    assert registry.startswith("localhost:5000/checker-")
    assert one.argv[3] == "--attest=type=provenance,mode=max", "buildx takes the first"
    own = ("--push", f"--tag={registry}/app:{version}", "--secret=id=t,env=TOKEN", ".")
    assert one.argv[4:8] == own
    assert not any(word.startswith("--output") for word in one.argv), "the line says where to"
    assert one.files["token.txt"] == f"{one.env['TOKEN']} {version}"
    assert all(one.env[name] != two.env[name] for name in ("TOKEN", "VERSION", "REGISTRY"))
    assert "SSH_AUTH_SOCK" not in one.env, "the grader's agent is not for a learner's build"


def test_a_message_has_names_in_the_place_of_secrets_and_of_the_registry(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    exercise = make_exercise(BUILDS, header=LINE_HEADER)

    def answer(ask: Any) -> Build:
        said = f"failed to stat {ask.env['TOKEN']}, for {ask.env['REGISTRY']}/app"
        return make.build(exit_code=1, message=f"ERROR: {said}")

    line = b"docker buildx build --push -t $REGISTRY/app --secret id=t,src=$TOKEN .\n"
    result = grade(exercise, Submission({"build.cmd": line}), make.builder(answer))

    assert "failed to stat $TOKEN, for $REGISTRY/app" in result.checks[0].message


@pytest.mark.parametrize(
    "option",
    [
        "--secret id=token,env=$TOKEN",
        "--secret id=$TOKEN",
        "--build-arg $TOKEN",
        "--cache-to type=$TOKEN",
        "--file=/$TOKEN",
        "--tokn=$TOKEN",
        "--output type=local,dest=$TOKEN",
        "-t $TOKEN",
    ],
)
def test_a_refusal_never_shows_a_secret(
    make_exercise: Callable[..., Exercise], make: Any, option: str
) -> None:
    exercise = make_exercise(BUILDS, header=LINE_HEADER)
    builder = make.builder(lambda ask: make.build())
    drawn: list[str] = []

    def noted(refuse: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            drawn.append(options["env"]["TOKEN"])
            return refuse(*args, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("refuse_early", "validate"):
            patch.setattr(checker.grading.grade, name, noted(getattr(checker.grading.grade, name)))
        line = f"docker buildx build {option} .\n".encode()
        result = grade(exercise, Submission({"build.cmd": line}), builder)

    assert result.verdict is Verdict.INVALID_SUBMISSION
    assert drawn
    assert not any(token in repr(result) for token in drawn)
    message = result.checks[0].message
    assert ">>>" in message, "the line is marked, although it has the variable's name"
    is_name = option.startswith(("--secret", "--build-arg"))
    assert ("without the dollar sign" in message) is is_name


def test_a_report_of_the_engines_end_shows_no_secret(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    exercise = make_exercise(BUILDS, header=LINE_HEADER)
    tokens: list[str] = []

    def answer(ask: Any) -> Build:
        tokens.append(ask.env["TOKEN"])
        raise EngineError("It went away.", next_step="look", argv=ask.argv, stderr_tail=tokens[-1])

    line = b"docker buildx build --build-arg A=$TOKEN .\n"
    result = grade(exercise, Submission({"build.cmd": line}), make.builder(answer))

    assert result.verdict is Verdict.INFRASTRUCTURE
    assert "--build-arg=A=$TOKEN" in result.checks[0].message
    assert not any(token in repr(result) for token in tokens)


LENT_HEADER = LINE_HEADER.replace('"build.cmd"', '"Dockerfile"').partition("secrets")[0]


def test_what_is_lent_is_there_for_the_builds_of_a_grading(
    make_exercise: Callable[..., Exercise], make: Any, tmp_path: Path
) -> None:
    lent: list[str] = []

    @contextmanager
    def lease(*words: str, **_: object) -> Iterator[Any]:
        lent.append(words[0] if words else "agent")
        yield SimpleNamespace(socket=Path("/run/agent.sock"))
        lent.clear()

    (tmp_path / "key").write_text("the key\n")
    command = 'command = "docker buildx build --ssh default --build-arg BRANCH=$BRANCH ."\n'
    exercise = make_exercise(BUILDS, header=f'{LENT_HEADER}{command}lends = ["npm", "git"]\n')
    (exercise.context / "npmrc").write_text("@lab-secret:NPM_TOKEN@")
    builder = make.builder(lambda ask: make.build(exit_code=0 if len(lent) == 4 else 1))
    key = tmp_path / "key"
    server = SimpleNamespace(branch=lease, agent=lease, key=key, known_hosts="git.lab")
    builder.packages, builder.git = SimpleNamespace(lent=lease), server

    assert grade(exercise, SUBMISSION, builder).passed

    (ask,) = builder.asks
    assert ask.env["SSH_AUTH_SOCK"] == "/run/agent.sock"
    assert ask.option("--build-arg") == f"BRANCH={ask.env['BRANCH']}"
    assert ask.files["npmrc"] == ask.env["NPM_TOKEN"]
    assert lent == []


@pytest.mark.parametrize("secrets", ["", 'secrets = ["TOKEN"]\n'])
def test_of_secrets_nothing_is_reused_and_everything_kept(
    make_exercise: Callable[..., Exercise], make: Any, secrets: str
) -> None:
    exercise = make_exercise(BUILDS, header=LENT_HEADER + secrets)
    builder = make.builder(lambda ask: make.build())

    grade(exercise, SUBMISSION, builder, GradingRun(use_cache=True))

    (ask,) = builder.asks
    kept = {"--no-cache", "--attest=type=provenance,mode=max"} & set(ask.argv)
    assert len(kept) == (2 if secrets else 0)
    assert (ask.option("--cache-to") is None) == (not secrets)


def test_a_line_that_names_its_image_is_looked_at_under_a_name_of_the_checker_s(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    exercise = make_exercise(RUNS, header=LINE_HEADER)
    builder = make.builder(lambda ask: make.build())
    line = b"docker buildx build --tag $REGISTRY/mine -o type=registry --label a=b ."

    grade(exercise, Submission({"build.cmd": line}), builder)

    first, again = builder.asks
    assert first.option("--tag") == f"{first.env['REGISTRY']}/mine"
    assert first.option("--output") == "type=registry"
    assert "--no-cache" in first.argv
    assert again.option("--tag") == builder.runs[0][0]
    assert again.option("--output") is None
    assert "--no-cache" not in again.argv, "the same once more, from the cache"
    assert again.option("--label") == "a=b"


def test_a_line_of_another_kind_and_one_that_may_not_run_are_refused_before_anything_is_built(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    exercise = make_exercise(BUILDS, header=LINE_HEADER)
    builder = make.builder(lambda ask: make.build())
    builder.up = lambda: pytest.fail("the sandbox was started")

    for line, said in [
        (b"docker buildx imagetools inspect $REGISTRY/a", "begins with docker buildx imagetools"),
        (b"docker buildx build --network host .", "--network: it cannot be used here"),
    ]:
        result = grade(exercise, Submission({"build.cmd": line}), builder)

        assert result.verdict is Verdict.INVALID_SUBMISSION
        assert said in result.checks[0].message
        assert ">>>" in result.checks[0].message
    assert builder.asks == []


def test_of_an_unknown_option_buildx_itself_is_asked_what_it_says(
    make_exercise: Callable[..., Exercise], make: Any
) -> None:
    exercise = make_exercise(BUILDS, header=LINE_HEADER)
    builder = make.builder(lambda ask: make.build())
    builder.printed = type(builder.result)(125, "", "unknown flag: --pusch\n", 0.1, timed_out=False)

    result = grade(exercise, Submission({"build.cmd": b"docker buildx build --pusch ."}), builder)

    assert result.verdict is Verdict.INVALID_SUBMISSION
    assert "buildx says: unknown flag: --pusch" in result.checks[0].message
    assert "Wanted: write --push" in result.checks[0].message
    assert ("buildx", "build", "--pusch") in builder.commands
    assert builder.asks == []
