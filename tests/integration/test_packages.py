"""Builds that fetch from package_files.lab: what is counted, and how fast it comes."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import Build, BuildTimeout, Sandbox, compare, process
from sandbox.engine import package_files, rootless
from sandbox.engine.network import SERVICES

SIZE_BYTES = 1_234_567


@pytest.fixture
def index(sandbox: Sandbox) -> Iterator[Path]:
    """A file of random bytes in the go index, beside whatever the course has there."""
    folder = sandbox.paths.packages / "go" / "test.example"
    (folder / "@team").mkdir(parents=True)
    (folder / "big.zip").write_bytes(os.urandom(SIZE_BYTES))
    with sandbox.packages.paced(bandwidth_bytes_s=math.inf, latency_s=0):
        yield folder
    for file in (folder / "big.zip", folder / "@team"):
        file.unlink() if file.is_file() else file.rmdir()
    folder.rmdir()


def write(folder: Path, *commands: str) -> Path:
    runs = [f"RUN {command}" for command in commands]
    (folder / "Dockerfile").write_text("\n".join(("FROM lab/busybox", *runs, "")))
    return folder


def fetch(path: str) -> str:
    return f"wget -q -O /fetched http://packages.lab{path} && wc -c < /fetched"


def requests(build: Build) -> list[tuple[str, str, int | None, int]]:
    assert build.downloads is not None
    return [(one.index, one.path, one.status, one.size_bytes) for one in build.downloads]


def test_a_build_is_told_what_it_fetched(sandbox: Sandbox, index: Path, tmp_path: Path) -> None:
    path = "/go/test.example/big.zip"
    context = write(tmp_path, fetch(path), f"{fetch('/go/test.example/none')} || true")
    cold = sandbox.build(context, no_cache=True)
    assert str(SIZE_BYTES) in cold.log
    assert requests(cold)[0] == ("go", path, 200, SIZE_BYTES)
    assert [one[2] for one in requests(cold)] == [200, 404]
    assert cold.downloads is not None
    assert all(cold.started <= one.started for one in cold.downloads)
    warm = sandbox.build(context)
    assert requests(warm) == []
    assert "1.2 MB" in str(cold.summary())
    assert (
        "Packages: no requests instead of 2 requests, 1.2 MB."
        in str(compare(cold, warm)).splitlines()
    )


def test_a_build_that_is_reopened_does_not_know(
    sandbox: Sandbox, index: Path, tmp_path: Path
) -> None:
    sandbox.build(write(tmp_path, fetch("/go/test.example/big.zip")), no_cache=True)
    assert sandbox.reopen(sandbox.history()[0].id).downloads is None


def test_what_was_cut_off_belongs_to_the_build_that_was(
    sandbox: Sandbox, index: Path, tmp_path: Path
) -> None:
    context = write(tmp_path, fetch("/go/test.example/big.zip"))
    with (
        sandbox.packages.paced(bandwidth_bytes_s=SIZE_BYTES / 30),
        pytest.raises(BuildTimeout) as caught,
    ):
        sandbox.build(context, no_cache=True, timeout_s=5)
    ((_, _, status, size_bytes),) = requests(caught.value.build)
    assert status == 200
    assert 0 < size_bytes < SIZE_BYTES
    after = sandbox.build(context, no_cache=True)
    assert [one[3] for one in requests(after)] == [SIZE_BYTES]


def test_builds_at_the_same_time_see_each_other(
    sandbox: Sandbox, index: Path, tmp_path: Path
) -> None:
    made: list[Build] = []

    def build(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        context = write(folder, f"echo {name}; {fetch('/go/test.example/big.zip')}; sleep 2")
        made.append(sandbox.build(context, no_cache=True))

    threads = [threading.Thread(target=build, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(requests(one)) for one in made] == [2, 2]


@pytest.mark.quiet
def test_half_the_bandwidth_takes_twice_the_time(
    sandbox: Sandbox, index: Path, tmp_path: Path
) -> None:
    context = write(tmp_path, fetch("/go/test.example/big.zip"))
    took_s = {}
    for share in (1, 2):
        with sandbox.packages.paced(bandwidth_bytes_s=SIZE_BYTES / share):
            (one,) = sandbox.build(context, no_cache=True).downloads or ()
        assert one.duration_s is not None
        took_s[share] = one.duration_s
    assert 1.5 < took_s[2] / took_s[1] < 2.6


def test_the_private_scope(sandbox: Sandbox, index: Path, tmp_path: Path) -> None:
    scope = sandbox.paths.packages / "npm/@team/test-only"
    scope.mkdir(parents=True)
    (scope / "index.json").write_text('{"name": "@team/test-only"}')
    url = "http://packages.lab/npm/@team%2ftest-only"
    context = write(
        tmp_path,
        f"wget -O - {url} 2>&1 || echo refused",
        f"--mount=type=secret,id=token,env=TOKEN "
        f'wget -q -O - --header "Authorization: Bearer $TOKEN" {url}',
    )
    secret = tmp_path / "token"
    secret.write_text(sandbox.packages.token)
    try:
        made = sandbox.build(context, no_cache=True, secrets=[f"id=token,src={secret}"])
    finally:
        (scope / "index.json").unlink()
        scope.rmdir()
    assert "401 Unauthorized" in made.log
    assert '{"name": "@team/test-only"}' in made.log
    assert [one[2] for one in requests(made)] == [401, 200]
    assert sandbox.packages.token not in sandbox.paths.packages_log.read_text()


def test_a_token_opens_the_private_scope_while_it_is_lent(sandbox: Sandbox, tmp_path: Path) -> None:
    url = "http://packages.lab/npm/@team%2ffares"
    command = f'wget -O /dev/null --header "Authorization: Bearer npm_lent" {url} 2>&1'
    context = write(tmp_path, f"{command} && echo opened || true")

    def is_open() -> bool:
        return "opened" in sandbox.build(context, no_cache=True).log

    sandbox.warm(["lab/node"])  # comes with the index
    with sandbox.packages.lent("npm_lent"):
        assert is_open()
    assert not is_open()
    killed = """
import os, signal
from sandbox import Sandbox
with Sandbox().packages.lent("npm_lent"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    env = {**os.environ, "BUILDKIT_LAB_HOME": str(sandbox.paths.home)}
    subprocess.run([sys.executable, "-c", killed], env=env, check=False)
    assert [path.read_text() for path in sandbox.paths.lent_tokens.iterdir()] == ["npm_lent\n"]
    assert not is_open()


def test_the_indexes_are_inside_only(sandbox: Sandbox) -> None:
    listening = rootless.inside(sandbox.state, ("busybox", "netstat", "-ltn")).stdout
    assert f"{SERVICES['packages.lab']}:80 " in listening
    assert "0.0.0.0:80 " not in listening


@pytest.fixture
def fresh(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox that was started a moment ago, beside the session's."""
    with Sandbox(sandbox.paths.home.with_name("fresh"), sandbox.paths.cache) as other:
        yield other
    other.reset()


def services_of(lab: Sandbox) -> psutil.Process:
    engine = lab.state.process
    assert engine is not None
    (found,) = [c for c in engine.children(recursive=True) if c.cmdline()[-2:] == ["-m", "inside"]]
    return found


def test_idle_it_is_small(fresh: Sandbox) -> None:
    engine = fresh.state.process
    assert engine is not None
    (dockerd,) = [c for c in engine.children(recursive=True) if c.name() == "dockerd"]
    # As a share of what is always there: sizes differ between machines.
    assert services_of(fresh).memory_info().rss < 0.3 * dockerd.memory_info().rss


def test_what_no_longer_answers_is_started_again(fresh: Sandbox) -> None:
    state, services, token = fresh.state, services_of(fresh), fresh.packages.token
    fresh.packages.set_pace(latency_s=5)
    services.kill()
    while process.runs(services):
        time.sleep(process.POLL_S)
    assert not rootless.healthy(fresh.paths, state)
    fresh.up()
    assert rootless.healthy(fresh.paths, fresh.state)
    assert services_of(fresh).pid != services.pid
    assert fresh.packages.token == token
    assert fresh.packages.pace == package_files.USUAL
