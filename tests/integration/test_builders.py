"""Builders of the learner's own: made as typed, served as the sandbox's own, gone when they end."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import CommandError, Sandbox, SandboxError
from sandbox.images.recipe import wanted
from sandbox.services import builders

ENTERS_AND_IS_KILLED = """\
import os, signal
from sandbox import Sandbox
with Sandbox().empty_builder() as name:
    print(name, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("\n".join((*lines, "")))
    return folder


def typed(*words: str) -> str:
    """What ``docker …`` prints in the sandbox's shell, on both streams."""
    program = "from sandbox.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "shell", "--", "docker", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def left(lab: Sandbox) -> str:
    """All that there is of builders: containers, volumes, and what buildx knows."""
    return "".join(
        lab.docker(*words).stdout
        for words in (
            ("ps", "--all", "--format={{.Names}}"),
            ("volume", "ls", "--quiet"),
            ("buildx", "ls", "--format={{.Name}}"),
        )
    )


@pytest.fixture
def created(sandbox: Sandbox) -> Iterator[Callable[..., str]]:
    """``docker buildx create`` as typed; whatever is made is removed, and the own one chosen."""
    names = []

    def create(*words: str) -> str:
        typed("buildx", "create", *words)
        name = words[words.index("--name") + 1]
        names.append(name)
        return name

    try:
        yield create
    finally:
        for name in dict.fromkeys(names):
            sandbox.docker("buildx", "rm", "--force", name, check=False)
        builders.use_own(sandbox.docker, sandbox.paths.docker_config)


def test_create_and_inspect_as_typed(sandbox: Sandbox, created: Callable[..., str]) -> None:
    recipe = wanted(builders.IMAGE)
    assert recipe is not None
    created("--name", "multiarch", "--use")
    assert sandbox.base_images().has(recipe), "its image was not made on first need"
    said = typed("buildx", "inspect", "--bootstrap")
    assert "Name:          multiarch" in said
    assert "Status:                running" in said
    assert "linux/amd64" in said
    assert "linux/arm64" in said
    log = sandbox.docker("logs", "buildx_buildkit_multiarch0").stdout
    assert log.startswith("BuildKit of Docker Engine "), log
    labels = sandbox.docker("image", "inspect", builders.IMAGE).stdout
    assert "made by BuildKit Lab, not by the Moby project" in labels


def test_an_empty_builder_has_built_nothing_and_leaves_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    write(tmp_path, "FROM lab/busybox", f"RUN echo {secrets.token_hex(8)} > /once")
    assert sandbox.build(tmp_path).ok
    with sandbox.empty_builder() as first, sandbox.empty_builder() as second:
        assert first != second
        for name in (first, second):
            fresh, again = (sandbox.build(tmp_path, builder=name) for _ in range(2))
            assert [v.cached for v in fresh.trace.vertexes if v.kind == "run"] == [False], name
            assert [v.cached for v in again.trace.vertexes if v.kind == "run"] == [True], name
        assert first in left(sandbox)
    assert "empty-" not in left(sandbox)


def test_what_is_in_an_empty_builder_reaches_what_the_sandbox_offers(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    base, image = (f"{sandbox.registry}/test/{name}:1" for name in ("base", "made"))
    cache = f"type=registry,ref={sandbox.registry}/test/made:cache"
    word = secrets.token_hex(8)
    sandbox.build(
        write(tmp_path / "base", "FROM lab/busybox", "RUN echo > /m"), tags=[base], push=True
    )
    write(
        tmp_path / "made",
        f"FROM {base} AS mine",
        "FROM docker.io/lab/busybox",
        "COPY --from=mine /m /m",
        f"RUN wget -qO- http://registry.lab/v2/ && echo {word}",
        "RUN for name in packages git actions; do nslookup -type=a $name.lab; done",
    )
    argv = ("docker", "buildx", "build", "--tag", image, "--push", str(tmp_path / "made"))
    with sandbox.empty_builder() as ci:
        first = sandbox.build_line((*argv, "--builder", ci, f"--cache-to={cache},mode=max"))
    assert word in first.log
    assert sandbox.image(image).root.digest
    with sandbox.empty_builder() as ci:
        second = sandbox.build_line((*argv, "--builder", ci, f"--cache-from={cache}"))
    assert word not in second.log, "it ran again, although the registry had its result"


def test_a_builder_stays_within_the_sandboxs_limits(sandbox: Sandbox) -> None:
    """Root in it could make cgroups of this machine, each with limits of its own."""
    with sandbox.empty_builder() as name:
        container = f"buildx_buildkit_{name}0"
        mounts = sandbox.docker("exec", container, "busybox", "cat", "/proc/self/mountinfo").stdout
    # Of version 1 they lie in a folder of the container's own, which is nobody's limit.
    options = [line.split()[5] for line in mounts.splitlines() if " - cgroup" in line]
    assert options, "no cgroups in the container"
    assert all(option.startswith("ro,") for option in options), options


def test_an_empty_builder_goes_when_its_block_raises(sandbox: Sandbox) -> None:
    names = []

    def fail_within() -> None:
        with sandbox.empty_builder() as name:
            names.append(name)
            assert name in left(sandbox)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_within()
    assert names[0] not in left(sandbox)


def test_what_a_killed_process_left_goes_with_the_next(sandbox: Sandbox) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", ENTERS_AND_IS_KILLED], capture_output=True, text=True, check=False
    )
    name = killed.stdout.strip()
    assert name, killed.stderr
    assert {f"buildx_buildkit_{name}0", f"buildx_buildkit_{name}0_state", name} <= set(
        left(sandbox).split()
    )
    # Also when its removal was cut off, and buildx has forgotten it.
    (sandbox.paths.docker_config / "buildx" / "instances" / name).unlink()
    with sandbox.empty_builder():
        assert name not in left(sandbox)


def test_another_processs_empty_builder_is_left_alone(sandbox: Sandbox) -> None:
    name = f"empty-{os.getppid()}-0123abcd"
    volume = f"buildx_buildkit_{name}0_state"
    sandbox.docker("volume", "create", volume)
    try:
        builders.clear_leftovers(sandbox.docker, sandbox.paths.docker_config)
        assert volume in left(sandbox)
    finally:
        sandbox.docker("volume", "rm", volume)


def test_a_client_that_is_gone_leaves_no_program_in_its_builder(sandbox: Sandbox) -> None:
    def at_work() -> list[str]:
        engine = sandbox.state.process
        assert engine is not None
        found = []
        for one in engine.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                found += [line for line in (" ".join(one.cmdline()),) if "dial-stdio" in line]
        return found

    with sandbox.empty_builder() as name:
        for _ in range(2):
            sandbox.docker("buildx", "inspect", name)
        give_up = time.monotonic() + 30
        while at_work() and time.monotonic() < give_up:
            time.sleep(0.1)
        assert at_work() == []


def test_the_current_builder_is_the_learners_and_changes_nothing_else(
    sandbox: Sandbox, created: Callable[..., str], tmp_path: Path
) -> None:
    chosen = created("--name", "chosen", "--use")
    word = secrets.token_hex(8)
    write(tmp_path, "FROM lab/busybox", f"RUN echo {word}")
    argv = ("docker", "buildx", "build", str(tmp_path))
    # Not started by these: the container is made by the first build that goes to it.
    sandbox.build(tmp_path)
    sandbox.build_line(argv)
    assert f"buildx_buildkit_{chosen}0" not in left(sandbox)
    theirs = sandbox.build_line(argv, current_builder=True)
    assert word in sandbox.docker("logs", f"buildx_buildkit_{chosen}0").stdout
    assert theirs.image_bytes is None, "the image is in that builder's cache alone"


def test_a_pool_builds_each_platform_on_its_node(
    sandbox: Sandbox, created: Callable[..., str], tmp_path: Path
) -> None:
    host = sandbox.environment()["DOCKER_HOST"]
    machines = ("arm-machine", "amd-machine")
    for machine in machines:
        sandbox.docker("context", "create", machine, "--docker", f"host={host}")
    try:
        pool = created(
            "--name", "pool", "--node", "arm-node", "--platform", "linux/arm64", machines[0]
        )
        created(
            *("--append", "--name", "pool", "--node", "amd-node"),
            *("--platform", "linux/amd64", machines[1]),
        )
        image = f"{sandbox.registry}/test/pool:1"
        word = secrets.token_hex(8)
        write(
            tmp_path,
            "FROM --platform=$BUILDPLATFORM lab/busybox AS shared",
            f"RUN echo shared-{word} > /shared",
            "FROM lab/busybox AS own",
            f"RUN uname -m > /machine; echo own-{word}",
            "FROM scratch",
            "COPY --from=shared /shared /",
            "COPY --from=own /machine /",
        )
        argv = ("docker", "buildx", "build", "--builder", pool, "--tag", image, "--push")
        made = sandbox.build_line((*argv, "--platform=linux/amd64,linux/arm64", str(tmp_path)))
        logs = {
            name: sandbox.docker("logs", f"buildx_buildkit_{name}-node").stdout
            for name in ("arm", "amd")
        }
    finally:
        # In this order: without the machines, the nodes would be out of reach.
        sandbox.docker("buildx", "rm", "--force", "pool", check=False)
        sandbox.docker("context", "rm", "--force", *machines)
    for name, other in (("arm", "amd"), ("amd", "arm")):
        own = [line for line in logs[name].splitlines() if f"own-{word}" in line]
        assert len(own) == 1, logs
        assert own[0].startswith(f"linux/{name}64: /bin/sh -c uname -m"), own
        assert f"linux/{other}64: /bin/sh -c uname" not in logs[name]
    # What both nodes ran is one vertex of the same digest; what each ran alone is its own.
    assert made.trace.unreadable == ()
    ran = {
        (v.stage, v.platform) for v in made.trace.vertexes if v.kind == "run" and v.state == "ran"
    }
    assert {("own", "linux/amd64"), ("own", "linux/arm64")} <= ran
    assert {made.stage_state(stage.name) for stage in made.graph.stages} == {"ran"}  # type: ignore[union-attr]
    pushed = sandbox.image(image)
    assert {p.platform for p in pushed.platforms} == {"linux/amd64", "linux/arm64"}
    assert pushed.root.digest == made.image_digest


def test_in_the_sandboxs_own_network_it_says_what_to_do(sandbox: Sandbox) -> None:
    sandbox.warm(["moby/buildkit"])
    words = ("run", "--rm", "--privileged", "--network=host", builders.IMAGE)
    with pytest.raises(CommandError) as caught:
        sandbox.docker(*words)
    assert "create it without --driver-opt network=host" in caught.value.stderr_tail


def test_builders_come_back_with_the_sandbox(cache: Path, home: Path, tmp_path: Path) -> None:
    lab = Sandbox(home.with_name("returns"), cache)
    lab.up()
    try:
        write(tmp_path, "FROM lab/busybox", "RUN echo kept")
        lab.docker("buildx", "create", "--name", "kept", check=True)
        lab.build(tmp_path, builder="kept")
        port = lab.state.port
        assert lab.down()
        with pytest.raises(SandboxError):
            lab.docker("buildx", "ls")
        # The registry may be elsewhere the next time.
        lab.up(port=port + 100)
        listed = lab.docker("buildx", "ls", timeout_s=30).stdout
        (node,) = (line for line in listed.splitlines() if "kept0" in line)
        assert "running" in node
        assert "linux/amd64" in node
        again = lab.build(tmp_path, builder="kept")
        assert [v.cached for v in again.trace.vertexes if v.kind == "run"] == [True]
        write(tmp_path, "FROM lab/busybox", f"RUN echo {secrets.token_hex(8)}")
        image = f"{lab.registry}/test/kept:1"
        assert lab.build(tmp_path, builder="kept", tags=[image], push=True, pull=True).ok
    finally:
        lab.reset()
