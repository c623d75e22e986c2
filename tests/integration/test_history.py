"""Earlier builds from BuildKit's records, beside the builds as they were seen live."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import Build, BuildTimeout, Sandbox, State, UsageError

TRACES = Path(__file__).parents[1] / "data" / "traces"
# Added by buildx itself, when it is asked for metadata: no part of BuildKit's record.
OF_BUILDX = "resolving provenance"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "hello.txt").write_text("hello\n")
    return tmp_path


def command(*args: str) -> subprocess.CompletedProcess[str]:
    """``sandbox history …``, in the environment of the session's sandbox."""
    argv = [sys.executable, "-c", "from sandbox.cli import main; main()", "history", *args]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def same(reopened: Build, live: Build) -> None:
    """All but the clock: a client moves the times that it shows to its own clock."""
    before = {v.digest: v for v in live.trace.vertexes if OF_BUILDX not in v.name}
    after = {v.digest: v for v in reopened.trace.vertexes}
    assert after.keys() == before.keys()
    for digest, vertex in after.items():
        twin = before[digest]
        assert (vertex.name, vertex.inputs, vertex.state, vertex.log) == (
            twin.name,
            twin.inputs,
            twin.state,
            twin.log,
        )
        assert vertex.duration_s == pytest.approx(twin.duration_s, abs=1e-4)
    assert (reopened.command, reopened.exit_code) == (live.command, live.exit_code)
    assert (reopened.graph, reopened.target) == (live.graph, live.target)
    assert (reopened.image_digest, reopened.image_bytes) == (live.image_digest, live.image_bytes)
    assert (reopened.log, reopened.message) == (live.log, live.message)
    assert (reopened.trace.warnings, reopened.log_path) == (live.trace.warnings, live.log_path)


@pytest.mark.parametrize("name", ["parallel", "failing", "warnings"])
def test_a_build_comes_back_as_it_was(name: str, sandbox: Sandbox, context: Path) -> None:
    live = sandbox.build(
        context,
        file=TRACES / f"{name}.Dockerfile",
        tags=[f"lab/{name}"],
        no_cache=True,
        check=False,
    )
    latest = sandbox.history()[0]
    assert latest.status == ("completed" if live.ok else "error")
    same(sandbox.reopen(latest.id[:12]), live)


def test_a_build_whose_time_was_up(sandbox: Sandbox, context: Path) -> None:
    with pytest.raises(BuildTimeout) as caught:
        sandbox.build(
            context, file=TRACES / "cancelled.Dockerfile", no_cache=True, timeout_s=2, check=False
        )
    live, build = caught.value.build, sandbox.reopen(sandbox.history()[0].id)
    assert (build.exit_code, build.command, build.graph) == (130, live.command, live.graph)
    assert build.stage_state("endless") is State.CANCELLED


def test_a_build_that_the_lab_did_not_make(sandbox: Sandbox, context: Path) -> None:
    sandbox.warm(["lab/busybox"])  # the bare client does not make it on first use
    file = TRACES / "parallel.Dockerfile"
    argv = ("buildx", "build", "--target=web", "--build-arg=A=b", f"--file={file}", str(context))
    sandbox.docker(*argv)
    build = sandbox.reopen(sandbox.history()[0].id)
    assert build.command == (
        *("docker", "buildx", "build", "--file", str(file), "--target", "web"),
        *("--build-arg", "A=b", str(context)),
    )
    assert build.log_path is None
    assert build.graph is not None
    assert build.stage_state("web") in (State.RAN, State.CACHED)
    assert build.stage_state("api") is State.SKIPPED


def test_records_outlive_the_engine(sandbox: Sandbox, context: Path) -> None:
    sandbox.build(context, file=TRACES / "warnings.Dockerfile")
    latest = sandbox.history()[0]
    sandbox.down()
    try:
        down = command()
        assert down.returncode == 3
        assert "next: `sandbox up`" in down.stderr
    finally:
        sandbox.up()
    assert latest in sandbox.history()
    assert sandbox.reopen(latest.id).stage_state("base") is not State.SKIPPED


def test_the_command_lists_and_shows(sandbox: Sandbox, context: Path) -> None:
    build = sandbox.build(context, file=TRACES / "warnings.Dockerfile", tags=["lab/shown"])
    listed = json.loads(command("--json").stdout)
    assert listed["version"] == 1
    latest = listed["builds"][0]
    assert latest["id"] == sandbox.history()[0].id
    heading, first, *_ = command().stdout.splitlines()
    assert heading.split()[:2] == ["id", "began"]
    assert first.startswith(latest["id"])
    shown = command("show", latest["id"])
    assert shown.returncode == 0
    assert "--tag lab/shown" in shown.stdout.splitlines()[0]
    assert str(build.image_digest) in shown.stdout
    for part in ("Stage graph.", "Timeline.", "Summary."):
        assert part in shown.stdout


def test_an_id_that_is_none(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match="no record of a build 'nosuchid'"):
        sandbox.reopen("nosuchid")
    refused = command("show", "nosuchid")
    assert refused.returncode == 2
    assert "next: `sandbox history` lists" in refused.stderr
