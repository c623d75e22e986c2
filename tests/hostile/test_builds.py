"""Builds that cannot work, that never end, and that are cut off: the learner reads why."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import BuildError, BuildTimeout, UsageError

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

SECONDS = itertools.count(7001)
"""Another for each build, so that none is taken for another."""
BUILD = "from sandbox import Sandbox; Sandbox().build(sys.argv[1])"


def endless(folder: Path) -> str:
    """Lays out a build that no polite signal ends; returns what its processes have in common."""
    marker = f"sleep {next(SECONDS)}"
    dockerfile(folder, f"FROM lab/busybox\nRUN trap '' INT TERM; while :; do {marker}; done\n")
    return marker


def dockerfile(folder: Path, content: str | bytes) -> Path:
    (folder / "Dockerfile").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize(
    ("content", "said", "step"),
    [
        (b"", "the Dockerfile cannot be empty", "begin it with FROM"),
        (b"\n# nothing\n", "file with no instructions", "begin it with FROM"),
        (bytes(range(256)) * 16, "dockerfile parse error", "correct that line"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 4096, "dockerfile parse error", "correct that line"),
        (b"FROM lab/busybox\nRUM echo\n", "unknown instruction: RUM", "correct that line"),
        (
            b"FROM lab/busybox\nCOPY a\n",
            "COPY requires at least two arguments",
            "correct that line",
        ),
        (b"FROM lab/busybox\nRUN <<EOF\necho\n", "unterminated heredoc", "correct that line"),
        (b"FROM lab/nothing-of-that-name\n", "lab/nothing-of-that-name", "sandbox images"),
        (b"FROM alpine:3.20\n", "alpine", "sandbox images"),
        (b"FROM lab/busybox\nCOPY gone /\n", '"/gone": not found', "context"),
        (b"FROM lab/busybox\nRUN exit 7\n", "exit code: 7", "fix that line"),
        (b"FROM lab/busybox\nRUN sh -c 'kill -9 $$'; exit $?\n", "exit code: 137", "fix that line"),
    ],
)
def test_a_dockerfile_that_is_wrong(
    running: Lab, tmp_path: Path, content: bytes, said: str, step: str
) -> None:
    with pytest.raises(BuildError) as caught:
        running.sandbox.build(dockerfile(tmp_path, content))
    error = caught.value
    assert said in error.message + error.build.message
    assert step in error.next_step
    assert error.build.exit_code == 1
    assert not error.build.ok
    running.advised(error.report())
    made = running.sandbox.build(tmp_path, check=False)
    assert made.message.splitlines()[0] == error.build.message.splitlines()[0]


def test_a_dockerfile_of_ten_megabytes(running: Lab, tmp_path: Path) -> None:
    dockerfile(tmp_path, b"FROM lab/busybox\n" + b"# as large as a photograph\n" * 400_000)
    assert (tmp_path / "Dockerfile").stat().st_size > 10_000_000
    made = running.sandbox.build(tmp_path, check=False)
    # BuildKit decides; if it takes the file the build is like any other.
    assert made.ok or made.message


def test_a_dockerfile_that_is_not_there(running: Lab, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="failed to read dockerfile") as caught:
        running.sandbox.build(tmp_path)
    assert "write a Dockerfile into the context" in caught.value.next_step
    with pytest.raises(BuildError):
        running.sandbox.build(tmp_path, file=tmp_path / "elsewhere" / "Dockerfile")


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_context_that_is_no_folder(running: Lab, tmp_path: Path, kind: str) -> None:
    context = tmp_path / "context"
    if kind == "file":
        context.write_text("FROM lab/busybox\n")
    with pytest.raises(UsageError, match="is not a folder") as caught:
        running.sandbox.build(context)
    running.advised(caught.value.report())


def test_a_dockerfile_that_is_a_folder(running: Lab, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").mkdir()
    with pytest.raises(BuildError) as caught:
        running.sandbox.build(tmp_path)
    running.advised(caught.value.report())


def test_a_stage_that_is_not_there(running: Lab, tmp_path: Path) -> None:
    dockerfile(tmp_path, "FROM lab/busybox AS build\n")
    with pytest.raises(BuildError, match='target stage "biuld" could not be found') as caught:
        running.sandbox.build(tmp_path, target="biuld")
    assert "--target" in caught.value.next_step


def test_an_option_that_is_not_there(running: Lab, tmp_path: Path) -> None:
    dockerfile(tmp_path, "FROM lab/busybox\n")
    with pytest.raises(UsageError, match="colour"):
        running.sandbox.build(tmp_path, colour="green")
    with pytest.raises(BuildError, match="unknown flag") as caught:
        running.sandbox.build_line(["docker", "buildx", "build", "--colour=green", str(tmp_path)])
    assert "--help" in caught.value.next_step
    with pytest.raises(UsageError, match="is not a build"):
        running.sandbox.build_line(["docker", "images"])


@pytest.mark.parametrize("way", ["build", "build_line"])
def test_a_build_that_never_ends(running: Lab, tmp_path: Path, way: str) -> None:
    marker = endless(tmp_path)
    lab = running.sandbox
    assert lab.build(dockerfile(tmp_path, "FROM lab/busybox\n")).ok  # the base image is there
    marker = endless(tmp_path)
    build = lab.build if way == "build" else partial(lab.build_line, cwd=tmp_path)
    what = tmp_path if way == "build" else ["docker", "build", "."]
    with pytest.raises(BuildTimeout, match="was cancelled") as caught:
        build(what, timeout_s=2, check=False)
    assert caught.value.build.exit_code == 130
    assert "never ends" in caught.value.next_step
    assert not [name for name in running.names() if name.startswith("docker-b")]
    running.wait_until(lambda: not running.inside(marker), "the build's processes end")
    assert running.builds("at once after")


def test_no_time_at_all(running: Lab, tmp_path: Path) -> None:
    """Up before buildx itself has started: it must not get away."""
    marker = endless(tmp_path)
    for timeout_s in (0.0, 0.001, 0.05):
        with pytest.raises(BuildTimeout):
            running.sandbox.build(tmp_path, timeout_s=timeout_s)
        with pytest.raises(BuildTimeout):
            running.sandbox.build_line(["docker", "build", str(tmp_path)], timeout_s=timeout_s)
    running.wait_until(lambda: not running.inside(marker), "the build's processes end")


def test_ctrl_c_in_a_build(running: Lab, tmp_path: Path) -> None:
    marker = endless(tmp_path)
    script = running.spawn([sys.executable, "-c", f"import sys; {BUILD}", str(tmp_path)])
    running.wait_until(lambda: running.inside(marker), "the build runs")
    os.killpg(script.pid, signal.SIGINT)
    _, err = script.communicate(timeout=60)
    assert script.returncode == -signal.SIGINT, err
    assert "KeyboardInterrupt" in err
    assert not [name for name in running.names() if name.startswith("docker-b")]
    running.wait_until(lambda: not running.inside(marker), "the build's processes end")
    assert running.builds("after ctrl-c")


def test_a_script_that_is_killed_in_a_build(running: Lab, tmp_path: Path) -> None:
    marker = endless(tmp_path)
    script = running.spawn([sys.executable, "-c", f"import sys; {BUILD}", str(tmp_path)])
    running.wait_until(lambda: running.inside(marker), "the build runs")
    script.kill()
    script.communicate()
    gone = "the build of a killed script ends too"
    running.wait_until(lambda: not running.inside(marker), gone)
    assert running.builds("after a kill")


def test_ctrl_c_in_a_build_typed_by_hand(running: Lab, tmp_path: Path) -> None:
    marker = endless(tmp_path)
    typed = running.start("shell", "--", "docker", "buildx", "build", str(tmp_path))
    running.wait_until(lambda: running.inside(marker), "the build runs")
    os.killpg(typed.pid, signal.SIGINT)
    typed.communicate(timeout=60)
    # docker's own end, which a shell shows as 130 either way.
    assert typed.returncode in (130, -signal.SIGINT)
    running.wait_until(lambda: not running.inside(marker), "the build's processes end")
    assert running.builds("after ctrl-c by hand")
