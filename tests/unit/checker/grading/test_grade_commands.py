"""A learner's command: its random values, its secrets, and the commands that are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import checker.grading.grade
from checker import Exercise, Verdict
from checker.grading.grade import grade
from checker.grading.submission import Submission
from checker.workbench.grading_run import GradingRun
from sandbox import Build, EngineError
from tests.unit.checker.conftest import BUILDS, RUNS

SUBMISSION = Submission({"Dockerfile": b"FROM lab/busybox\n"})
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
