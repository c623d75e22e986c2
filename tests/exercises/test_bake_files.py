"""Bake files that reach for the grader's machine, as the real bake reads them."""

from __future__ import annotations

import pytest

from checker import Verdict, exercises_folder, load
from checker.grading.grade import grade
from checker.grading.submission import Submission
from checker.workbench.grading_run import GradingRun
from sandbox import Build, Sandbox

FILE = "docker-bake.hcl"
NAMED = 'tags = ["${REGISTRY}/board:latest"]'


def graded(sandbox: Sandbox, body: str, builds: list[Build]) -> tuple[Verdict, str]:
    """The verdict of exercise 19 on a target of this body, and its first message."""
    text = f'variable "REGISTRY" {{}}\n{body}\n'
    submission = Submission({FILE: text.encode()})
    exercise = load(exercises_folder({}) / "19-bake")
    result = grade(exercise, submission, sandbox, GradingRun(on_build=builds.append))
    return result.verdict, result.checks[0].message


@pytest.mark.parametrize(
    "attribute",
    [
        "context = homedir()",
        'context = "$${homedir()}"',
        'contexts = { host = "/etc" }',
        'dockerfile = "/etc/passwd"',
        'secret = ["id=x,src=/etc/passwd"]',
        'secret = ["id=HOME"]',
        'output = ["type=local,dest=/tmp/baked"]',
        'cache-to = ["type=local,dest=/tmp/baked"]',
        'tags = ["localhost:5000/lab/go"]',
        'network = "host"',
        'entitlements = ["security.insecure"]',
    ],
)
def test_nothing_is_built_of_a_target_that_reaches_outside(
    sandbox: Sandbox, attribute: str
) -> None:
    builds: list[Build] = []

    verdict, message = graded(sandbox, f'target "default" {{\n{attribute}\n}}', builds)

    assert verdict is Verdict.INVALID_SUBMISSION
    assert "target default" in message or "$" in message or "buildx says" in message
    assert builds == []


def test_a_variable_of_the_grader_s_is_not_there_for_a_bake_file(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADERS_PASSWORD", "hunter2")
    body = (
        'variable "GRADERS_PASSWORD" { default = "nothing" }\n'
        f'target "default" {{\n{NAMED}\n target = "stage-${{GRADERS_PASSWORD}}"\n}}'
    )
    builds: list[Build] = []

    verdict, message = graded(sandbox, body, builds)

    assert verdict is Verdict.BUILD_ERROR
    assert "stage-nothing" in message
    assert all("hunter2" not in build.message for build in builds)
