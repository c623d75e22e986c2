"""The engine through its command line: started, asked, switched, stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import Limits, NotRunning, Sandbox
from sandbox.engine import binfmt, rootless
from sandbox.images.recipe import catalog

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(sandbox: Sandbox) -> Cli:
    """``sandbox ARGS`` in a process of its own, on the session's sandbox."""
    assert sandbox.state

    def run(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from sandbox.cli import main; main()", *args],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
        )

    return run


def test_up_again_changes_nothing(sandbox: Sandbox, cli: Cli) -> None:
    before = sandbox.state
    done = cli("up")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"The sandbox is up: registry localhost:{before.port}, network offline.\n"
    )
    assert sandbox.state == before


def test_up_says_that_another_version_of_the_lab_serves(sandbox: Sandbox, cli: Cli) -> None:
    program = sandbox.paths.run / "inside" / "package_server.py"
    now = program.read_text()
    quiet = cli("up").stderr
    program.write_text(f"# Of another version.\n{now}")
    try:
        told = cli("up")
    finally:
        program.write_text(now)

    assert quiet == ""
    assert told.returncode == 0
    assert "another version of the lab" in told.stderr
    assert "`sandbox down`" in told.stderr


def test_status_says_what_runs(sandbox: Sandbox, cli: Cli) -> None:
    found = json.loads(cli("status", "--json").stdout)
    assert found["version"] == 1
    assert found["registry"] == sandbox.registry
    assert found["network"] == "offline"
    assert found["home"] == str(sandbox.paths.home)
    assert set(found["versions"]) == {
        "engine", "buildx", "dockerfile", "containerd", "runc", "registry", "qemu",
    }  # fmt: skip
    assert all(found["versions"].values())
    assert "?" not in found["versions"].values()
    assert 0 < found["memory_bytes"] < 1 << 30
    assert set(found["disk_bytes"]) == {"images", "build cache", "registry"}
    assert found["disk_free_bytes"] > 0
    text = cli("status").stdout
    for value in (found["versions"]["engine"], sandbox.registry, found["home"]):
        assert value in text


def test_status_measures_what_a_build_takes(sandbox: Sandbox, cli: Cli, tmp_path: Path) -> None:
    before = json.loads(cli("status", "--json").stdout)["disk_bytes"]
    (tmp_path / "Dockerfile").write_text(
        "FROM lab/busybox\nRUN dd if=/dev/urandom of=/noise bs=1M count=20\n"
    )
    sandbox.build(tmp_path, no_cache=True)
    after = json.loads(cli("status", "--json").stdout)["disk_bytes"]
    assert after["build cache"] - before["build cache"] >= 20 << 20


def test_doctor_finds_nothing_wrong_here(cli: Cli) -> None:
    done = cli("doctor", "--json")
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["version"] == 1
    findings = {finding["name"]: finding for finding in found["findings"]}
    looked_at = ("kernel", "user namespaces", "/dev/net/tun", "limits", "port", "mmdebstrap")
    tried = ("namespaces", "mounts", "overlay mounts", "emulation (binfmt_misc)", "firewall")
    for name in (*looked_at, *tried):
        assert name in findings
    assert all(f["fix"] == "" for f in findings.values() if f["ok"])
    assert cli("doctor").stdout.count("\n") >= len(findings)


def test_images_are_listed_with_what_they_hold(sandbox: Sandbox, cli: Cli) -> None:
    sandbox.warm(["lab/busybox"])
    rows = {row["name"]: row for row in json.loads(cli("images", "--json").stdout)["images"]}
    assert set(rows) == set(catalog())
    assert rows["lab/busybox"]["ready"] is True
    assert rows["lab/busybox"]["platforms"] == ["linux/amd64", "linux/arm64"]
    text = cli("images").stdout
    assert "lab/busybox" in text
    assert "ready" in text


def test_warm_twice_does_the_work_once(cli: Cli) -> None:
    assert cli("warm", "lab/busybox").returncode == 0
    again = cli("warm", "lab/busybox")
    assert again.stdout == "Ready: lab/busybox.\n"
    assert "building" not in again.stderr
    unknown = cli("warm", "lab/cobol")
    assert unknown.returncode == 2
    assert "choose from" in unknown.stderr


@pytest.mark.parametrize("code", [0, 1, 7, 130])
def test_shell_hands_on_the_exit_code(cli: Cli, code: int) -> None:
    assert cli("shell", "--", "sh", "-c", f"exit {code}").returncode == code


def test_shell_is_the_sandboxs_own(sandbox: Sandbox, cli: Cli, tmp_path: Path) -> None:
    done = cli("shell", "--", "sh", "-c", "command -v docker; echo $REGISTRY; pwd", cwd=tmp_path)
    docker, registry, folder = done.stdout.splitlines()
    assert docker == str(sandbox.paths.bin / "docker")
    assert registry == sandbox.registry
    assert folder == str(tmp_path)
    missing = cli("shell", "--", "no-such-program")
    assert missing.returncode == 2
    assert "There is no program no-such-program" in missing.stderr


def test_shell_makes_the_base_images_that_a_build_asks_for(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM lab/busybox\nRUN echo typed by hand\n")
    words = ("docker", "buildx", "build", "--progress=plain", "--no-cache", "-f", "Containerfile")
    done = cli("shell", "--", *words, ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "typed by hand" in done.stderr


def test_shell_says_why_a_build_failed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "Dockerfile").write_text("FROM lab/busybox\nCOPY b.txt .\n")
    done = cli("shell", "--", "docker", "buildx", "build", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "likely cause: b.txt is not in the build context; there: a.txt." in done.stderr
    refused = cli("shell", "--", "docker", "buildx", "build", "--tga", "x", ".", cwd=tmp_path)
    assert refused.returncode == 125
    assert refused.stderr.startswith("unknown flag: --tga")


def test_logs(cli: Cli) -> None:
    for name in ("dockerd", "registry", "rootlesskit"):
        done = cli("logs", name, "-n", "1")
        assert done.returncode == 0
        assert done.stdout.count("\n") == 1
    unknown = cli("logs", "diary")
    assert unknown.returncode == 2
    assert "choose dockerd" in unknown.stderr


def test_a_usage_error_is_two(cli: Cli) -> None:
    assert cli("up", "--no-such-option").returncode == 2
    assert cli("no-such-command").returncode == 2


def test_the_network_is_switched_without_a_restart(sandbox: Sandbox, cli: Cli) -> None:
    before = sandbox.state.pid
    try:
        assert cli("up", "--online").stdout.endswith("network online.\n")
        route = rootless.inside(sandbox.state, ("ip", "route", "show", "default")).stdout
        assert "via 10.0.2.2" in route
    finally:
        assert cli("up", "--offline").stdout.endswith("network offline.\n")
    assert rootless.inside(sandbox.state, ("ip", "route", "show", "default")).stdout == ""
    assert sandbox.state.pid == before


def test_exec_enters_the_container_and_not_this_machine(sandbox: Sandbox) -> None:
    sandbox.warm(["lab/busybox"])
    sandbox.docker("run", "--detach", "--name=entered", "lab/busybox", "sleep", "600")
    try:
        inside = sandbox.docker("exec", "entered", "ls", "/").stdout.split()
    finally:
        sandbox.docker("rm", "--force", "entered")
    assert "bin" in inside
    assert not {"home", "usr", "var"} & set(inside), "those are this machine's"


def test_a_build_and_a_container_forge_no_packets_and_are_killed_before_the_engine(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    shown = "grep CapPrm: /proc/self/status && cat /proc/self/oom_score_adj"
    argv = '["echo", "CAP_NET_RAW", "is", "a", "word"]'
    (tmp_path / "Dockerfile").write_text(f"FROM lab/busybox\nRUN {argv}\nRUN {shown}\n")
    build = sandbox.build(tmp_path, tags=["shown"], no_cache=True)
    ran = [vertex.log for vertex in build.trace.vertexes if vertex.kind == "run"]
    asked = sandbox.docker("run", "--rm", "--cap-drop=ALL", "--cap-add=NET_RAW", "shown", "sh")
    assert asked.exit_code == 0
    assert "CAP_NET_RAW is a word\n" in ran
    for printed in (next(log for log in ran if "CapPrm" in log), *_ran(sandbox, shown)):
        capabilities, adjustment = printed.removeprefix("CapPrm:").split()
        # Docker's own set is a80425fb. Source: capabilities(7), linux/capability.h: NET_RAW is 13.
        assert capabilities == "00000000a80405fb"
        assert adjustment == "1000"


def _ran(sandbox: Sandbox, command: str) -> tuple[str, str]:
    usual = sandbox.run("shown", "sh", "-c", command).stdout
    options = ("--oom-score-adj=-500", "--cap-add=NET_RAW")
    return usual, sandbox.docker("run", "--rm", *options, "shown", "sh", "-c", command).stdout


def test_emulation_is_there(sandbox: Sandbox) -> None:
    found = rootless.inside(sandbox.state, ("cat", binfmt.foreign().entry)).stdout
    assert found.startswith("enabled\n")
    assert "flags: POF" in found or "flags: PF" in found


def test_a_context_manager_leaves_a_running_sandbox_running(sandbox: Sandbox) -> None:
    with Sandbox(sandbox.paths.home, sandbox.paths.cache) as same:
        assert same.state == sandbox.state
    assert sandbox.state


def test_a_context_manager_takes_down_what_it_started(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> None:
    home = sandbox.paths.home.with_name("other")
    with Sandbox(home, cache) as other:
        other.up(limits=other.state.limits)
        assert other.state.limits == Limits.of()
        assert other.registry != sandbox.registry
        assert other.state.pid != sandbox.state.pid
    with pytest.raises(NotRunning):
        _ = other.state
    other.reset()
    assert not home.exists()
    assert sandbox.state
