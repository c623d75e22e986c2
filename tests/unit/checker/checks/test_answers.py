"""What is said of a line that asks, and of what it printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise, ExerciseError, Status, SubmissionError, Verdict
from checker.checks.answers import Answers
from checker.command.command_line import read_line
from checker.grading.grade import grade
from checker.grading.submission import Submission
from checker.workbench.build_context import BuildContext
from checker.workbench.grading_run import GradingRun
from checker.workbench.random_values import RandomValues
from checker.workbench.workbench import Workbench
from sandbox import EngineError, RunResult

ASK = "docker buildx imagetools inspect $REGISTRY/app"
RECIPE = Answers("{variable:VERSION}")

HEADER = """\
format_version = 1
title = "A question"
lesson = "00-start"
concepts = ["testing"]
timeout_s = 20
submit = ["build.cmd"]
line = "imagetools"
variables = ["VERSION"]
publish = "docker buildx bake --push"
"""
CHECKS = """\
[[checks]]
id = "asks"
kind = "answers"
title = "It gets an answer"
points = 10
hint = "Ask."
[[checks]]
id = "version"
kind = "answers"
title = "It is the version"
points = 20
hint = "Ask another one."
params = { prints = "{variable:VERSION}" }
"""


@pytest.fixture
def ask(make: Any, tmp_path: Path) -> Callable[..., Any]:
    """A workbench whose line asks, answered by ``stdout``."""

    def build_bench(stdout: str, line: str = ASK) -> Workbench:
        builder = make.builder(lambda _: make.build())
        builder.printed = RunResult(0, stdout, "", 0.1, timed_out=False)
        (tmp_path / "folder").mkdir(exist_ok=True)
        context = BuildContext(tmp_path / "folder")
        values = RandomValues("c0ffee", {}, {"VERSION": "8c1f"}, registry="localhost:5000/c0ffee")
        return Workbench(
            make.validated(read_line(line), context, values, builder),
            context,
            builder,
            values=values,
            env={**values.variables_of_builds()},
            timeout_s=30.0,
            publish=read_line("docker buildx bake --push"),
            run=GradingRun("c0ffee"),
        )

    return build_bench


@pytest.mark.parametrize("stdout", ["8c1f\n", '"8c1f"', "  '8c1f'\n\n"])
def test_the_answer_passes_and_is_asked_for_once(ask: Any, stdout: str) -> None:
    workbench = ask(stdout)

    assert RECIPE.measure(workbench).passed
    assert Answers().measure(workbench).passed
    builds, commands = workbench.sandbox.asks, workbench.sandbox.commands
    assert [one.argv for one in builds] == [("docker", "buildx", "bake", "--push")]
    assert builds[0].env["REGISTRY"] == workbench.values.registry
    assert commands == [("buildx", "imagetools", "inspect", f"{workbench.values.registry}/app")]


@pytest.mark.parametrize(
    ("stdout", "said"),
    [
        ("", "printed: nothing\nWanted: an answer."),
        ("wheat", "Wanted: 8c1f, the value of VERSION, and nothing else."),
        ("8c1f\nwheat", "Wanted: 8c1f, the value of VERSION, and nothing else."),
        ("<no value> \n", "printed: <no value>\nA template prints that for a field"),
        ("8c1f and more than that", "Wanted: 8c1f, the value of VERSION, and nothing else."),
        ("x\n" * 900, " …\n(1799 characters in 900 lines)"),
    ],
)
def test_another_answer_fails(ask: Any, stdout: str, said: str) -> None:
    finding = RECIPE.measure(ask(stdout))

    assert not finding.passed
    assert said in finding.message


def test_no_value_is_no_answer_whatever_is_wanted(ask: Any) -> None:
    assert not Answers().measure(ask("<no value>\n")).passed
    assert Answers().measure(ask("8c1f, <no value>\n")).passed


def test_who_asks_cannot_name_the_answer(ask: Any) -> None:
    with pytest.raises(SubmissionError, match=r"There is no variable \$VERSION"):
        ask("8c1f", f'{ASK} --format "$VERSION"')


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    return make_exercise(CHECKS, header=HEADER)


SUBMISSION = Submission({"build.cmd": ASK.encode()})


def test_an_error_is_told_and_leaves_nothing_to_measure(exercise: Exercise, make: Any) -> None:
    builder = make.builder(lambda _: make.build())
    builder.printed = RunResult(1, "", "ERROR: not found\n", 0.1, timed_out=False)

    result = grade(exercise, SUBMISSION, builder)

    assert [check.status for check in result.checks] == [Status.FAILED, Status.SKIPPED]
    assert (result.verdict, result.points) == (Verdict.FAILED, 0)
    assert "exit code 1 and said: ERROR: not found" in result.checks[0].message


def test_what_is_not_published_is_the_author_s_fault(exercise: Exercise, make: Any) -> None:
    builder = make.builder(lambda _: make.build(exit_code=1, message="ERROR: no such file"))

    with pytest.raises(ExerciseError, match="no such file"):
        grade(exercise, SUBMISSION, builder)


def test_an_engine_that_is_gone_is_no_answer(exercise: Exercise, make: Any) -> None:
    def gone(_: Any) -> Any:
        raise EngineError("The engine is gone.", next_step="run `sandbox up`")

    result = grade(exercise, SUBMISSION, make.builder(gone))

    assert result.verdict is Verdict.INFRASTRUCTURE


def test_names_in_messages_are_those_of_the_command(exercise: Exercise, make: Any) -> None:
    builder = make.builder(lambda _: make.build())

    def docker(*args: str, **_: Any) -> RunResult:
        return replace(builder.printed, stdout=f"{args[-1]}: nothing")

    builder.docker = docker

    result = grade(exercise, SUBMISSION, builder)

    assert "The command printed: $REGISTRY/app: nothing" in result.checks[0].message
