"""Bake files that are handed in: what they come to is looked at, and that is built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker import SubmissionError
from checker.command.bake_plan import read_plan, unreadable
from checker.command.command_line import read_line
from checker.command.rules import find_unknown, rewrite
from checker.command.value_rules import Scope
from checker.workbench.build_context import BuildContext
from checker.workbench.grading_run import GradingRun
from checker.workbench.random_values import RandomValues
from checker.workbench.workbench import Workbench
from sandbox import RunResult

REGISTRY = "localhost:5000/checker-1-c0ffee"
SCOPE = Scope(REGISTRY, frozenset({"TOKEN"}), has_agent=True)
FILE = 'target "app" {\n  tags = ["x"]\n  network = "host"\n}\n'


def plan(**target: Any) -> str:
    return json.dumps({"group": {}, "target": {"app": {"context": ".", **target}}})


@pytest.mark.parametrize(
    "target",
    [
        {"context": ".."},
        {"context": "/etc"},
        {"context": "https://example.org/x.git"},
        {"contexts": {"host": "/"}},
        {"contexts": {"host": "cwd://../.."}},
        {"dockerfile": "../../Dockerfile"},
        {"dockerfile": "/etc/passwd"},
        {"args": {"PATH": None}},
        {"tags": [f"{REGISTRY}/a", "localhost:5000/lab/go"]},
        {"output": [{"type": "local", "dest": "out"}]},
        {"output": [{"type": "registry", "name": "localhost:5000/lab/go"}]},
        {"output": ["type=tar,dest=/tmp/x.tar"]},
        {"cache-to": [{"type": "registry", "ref": "localhost:5000/lab/go"}]},
        {"cache-to": [{"type": "local", "dest": "/tmp/x"}]},
        {"cache-to": [{"type": "gha"}]},
        {"cache-from": [{"type": "local", "src": "/"}]},
        {"secret": [{"id": "x", "src": "/etc/passwd"}]},
        {"secret": [{"id": "x", "env": "PATH"}]},
        {"secret": ["id=PATH"]},
        {"ssh": [{"id": "default", "paths": ["/root/.ssh/id_rsa"]}]},
        {"network": "host"},
        {"entitlements": ["network.host"]},
        {"extra-hosts": {"a": "1.2.3.4"}},
        {"shm-size": "1g"},
        {"ulimits": ["nofile=1:1"]},
        {"call": "check"},
        {"something-new": True},
        {"args": {"A": "${homedir()}"}},
        {"dockerfile-inline": "FROM %{ if true }x%{ endif }"},
    ],
    ids=str,
)
def test_a_target_that_reaches_outside_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(SubmissionError) as caught:
        read_plan(plan(**target), FILE, SCOPE)

    assert caught.value.next_step


def test_the_line_of_the_bake_file_is_marked_and_the_target_named() -> None:
    with pytest.raises(SubmissionError) as caught:
        read_plan(plan(network="host"), FILE, SCOPE)

    assert caught.value.message.startswith("network of target app: it cannot be used here")
    assert '>>>   network = "host"' in caught.value.message


def test_what_an_exercise_needs_is_let_through_in_one_spelling() -> None:
    printed = plan(
        args={"VERSION": "1", "TOKEN": None},
        attest=[{"type": "provenance", "mode": "max"}, {"type": "sbom"}],
        contexts={"base": "target:base", "image": "docker-image://lab/go", "more": "sub"},
        dockerfile="build/Dockerfile",
        labels={"a": "b,c"},
        output=[{"type": "registry"}],
        platforms=["linux/amd64", "linux/arm64"],
        secret=[{"id": "token", "env": "TOKEN"}],
        tags=[f"{REGISTRY}/app:1"],
        target="app",
        **{"cache-to": [{"mode": "max", "ref": f"{REGISTRY}/app:cache", "type": "registry"}]},
    )

    written = {
        "attest": ["type=provenance,mode=max", "type=sbom"],
        "cache-to": [f"mode=max,ref={REGISTRY}/app:cache,type=registry"],
        "output": ["type=registry"],
        "secret": ["id=token,env=TOKEN"],
    }
    allowed = json.loads(printed)
    (target,) = allowed["target"].values()
    target.update(written)
    assert json.loads(read_plan(printed, FILE, SCOPE)) == allowed


@pytest.mark.parametrize(
    "words",
    [
        "--file /etc/passwd",
        "--file ../other.hcl",
        "-f compose.yaml",
        "--allow fs.read=/",
        "--print",
        "--builder other",
        "--metadata-file x",
        "--call=check",
        "https://example.org/x.git",
        "git@example.org:x",
        "github.com/docker/buildx",
        "../other",
    ],
)
def test_a_bake_s_line_that_reaches_outside_is_refused(words: str) -> None:
    line = read_line(f"docker buildx bake {words}")

    assert find_unknown(line) is None
    with pytest.raises(SubmissionError):
        rewrite(line, SCOPE)


def test_a_bake_s_line_as_an_exercise_needs_it_is_let_through() -> None:
    line = "docker buildx bake -f docker-bake.hcl --set *.platform=linux/amd64 --push app web"

    rewrite(read_line(line), SCOPE)


def test_a_meaning_that_was_cut_off_is_refused() -> None:
    with pytest.raises(SubmissionError, match="too long: at least 200 characters"):
        read_plan(plan(tags=["x" * 500])[:200], FILE, SCOPE)


def test_what_buildx_does_not_take_is_said_in_its_words() -> None:
    error = unreadable("#1 reading\ndocker-bake.hcl:3\n   3 | >>> }\nERROR: no\n")

    assert error.message == "buildx says:\ndocker-bake.hcl:3\n   3 | >>> }\nERROR: no"


def test_what_was_looked_at_is_built_without_the_grader_s_variables(
    make: Any, lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADERS_PASSWORD", "hunter2")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", "hunter2")
    monkeypatch.setenv("DOCKER_HOST", "unix:///sandbox.sock")
    asked: list[dict[str, Any]] = []
    folder = tmp_path / "baked" / "context"
    folder.mkdir(parents=True)

    def docker(*args: str, env: dict[str, str | None], **_: Any) -> RunResult:
        asked.append(env)
        tags = [f"{env['REGISTRY']}/app"]
        return RunResult(0, plan(tags=tags), "", 0.1, timed_out=False)

    lab.builder.docker = docker
    line = read_line("docker buildx bake --push")
    context, values = BuildContext(folder), RandomValues("0", registry="localhost:5000/0")
    workbench = Workbench(
        make.validated(line, context, values, lab.builder),
        context,
        lab.builder,
        values=values,
        env={**values.variables_of_builds()},
        timeout_s=9,
        run=GradingRun("0", use_cache=True),
    )
    workbench.builds.get()

    assert asked[0]["GRADERS_PASSWORD"] is None
    assert asked[0]["DOCKER_AUTH_CONFIG"] is None
    # Notebooks have the sandbox's own settings in their environment.
    assert not {"PATH", "DOCKER_HOST", "DOCKER_CONFIG"} & set(asked[0])
    assert asked[0]["REGISTRY"] == workbench.values.registry
    assert lab.builder.asks[0].argv == (*line.words, f"--file={folder.parent / 'plan.json'}")
