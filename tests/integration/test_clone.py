"""Clones of a golden sandbox: everything is there at once, nothing is shared, nothing is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from sandbox import Build, BuildError, EngineError, ImageNotFound, Sandbox
from sandbox.engine.disk_limit import DiskUse
from sandbox.images.recipe import base_images, catalog

HOLD = """\
import sys
from sandbox import Sandbox
with Sandbox().clone() as clone:
    print(clone.paths.home, flush=True)
    sys.stdin.readline()
"""
"""A process that keeps a clone until it is told to end."""


def context(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("\n".join(lines))
    return folder


def is_reused(build: Build) -> bool:
    """Whether the result of its last RUN was reused."""
    *_, last = (vertex for vertex in build.trace.vertexes if vertex.kind == "run")
    return last.cached


def left(home: Path) -> Sequence[str]:
    """What is left of a clone: its home, the sign that it is in use, and its processes."""
    found = [str(path) for path in (home, home.parent / "in-use" / home.name) if path.exists()]
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:  # ended meanwhile
            continue
        found += [" ".join(words)] if any(str(home) in word for word in words) else []
    return found


def test_a_clone_has_all_base_images_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    told: list[str] = []
    with Sandbox(sandbox.paths.home, sandbox.paths.cache, tell=told.append).clone() as clone:
        told.clear()
        assert clone.registry != sandbox.registry
        assert all(clone.base_images().has(recipe) for recipe in catalog().values())
        for name in base_images():
            # The golden sandbox has made these builds, so the layers are there, unpacked.
            assert is_reused(clone.build(context(tmp_path / "image", f"FROM {name}", "RUN true")))
    assert told == []


def test_what_one_clone_makes_is_in_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    mine = context(tmp_path / "mine", "FROM lab/busybox", "RUN echo mine > /mine")
    look = context(tmp_path / "look", "FROM lab/busybox", "RUN test ! -e /mine")
    with sandbox.clone() as first, sandbox.clone() as second:
        before = first.image("lab/busybox").digest
        first.build(mine, tags=["mine"])
        # Of the layers, one is the clone's own, and the others are the golden sandbox's.
        (built,) = first.image("mine").platforms
        assert built.read("/mine", most_bytes=99) == b"mine\n"
        assert built.read("/bin/busybox", most_bytes=4) == b"\x7fELF"
        first.build(mine, tags=[f"{first.registry}/mine"], push=True)
        assert first.image(f"{first.registry}/mine").digest
        with pytest.raises(ImageNotFound):
            second.image(f"{second.registry}/mine")
        with pytest.raises(BuildError):  # what the registry has of it is the golden sandbox's
            first.build(mine, tags=[f"{first.registry}/lab/busybox"], push=True)
        assert first.image("lab/busybox").digest == before
        assert "mine" not in second.docker("image", "ls").stdout
        assert not is_reused(second.build(mine))
        assert second.build(look).ok
    with sandbox.clone() as third:
        assert third.image(f"{third.registry}/lab/busybox").digest == before
        assert third.build(look).ok


def test_an_engine_of_a_clone_that_died_comes_back(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = context(tmp_path / "image", "FROM lab/busybox", "RUN echo kept > /kept")
    with sandbox.clone() as clone:
        clone.build(folder)
        os.kill(clone.state.pid, signal.SIGKILL)
        assert clone.up().pid
        assert is_reused(clone.build(folder))


@pytest.mark.parametrize(
    "line",
    [
        "RUN dd if=/dev/zero of=/big bs=1M count=900",
        "RUN mkdir many && cd many && for i in $(seq 30000); do : > $i; done; sleep 30",
    ],
    ids=["bytes", "files"],
)
def test_a_clone_that_uses_more_disk_than_it_may_is_ended(
    sandbox: Sandbox, tmp_path: Path, line: str
) -> None:
    folder = context(tmp_path / "image", "FROM lab/busybox", line)
    with (
        sandbox.clone(disk=DiskUse(300 << 20, 20_000)) as clone,
        pytest.raises(EngineError) as ended,
    ):
        clone.build(folder)
    assert ended.value.strain is not None
    assert ended.value.strain.disk_exceeded


def test_a_container_that_uses_more_disk_than_it_may_ends_its_clone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with sandbox.clone(disk=DiskUse(300 << 20, 20_000)) as clone:
        clone.build(context(tmp_path / "image", "FROM lab/busybox"), tags=["image"])
        with pytest.raises(EngineError) as ended:
            clone.run("image", "sh", "-c", "dd if=/dev/zero of=/big bs=1M count=900; sleep 30")
    assert ended.value.strain is not None
    assert ended.value.strain.disk_exceeded


def test_the_client_of_a_clone_reaches_no_service_of_this_machine(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        there = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with sandbox.clone() as clone:
            done = clone.docker("--host", there, "version", check=False)
            assert "Cannot connect" in done.stderr + done.stdout
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_client_of_a_clone_has_bounds_on_its_memory(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "docker-bake.hcl").write_text(doubled(30))
    with sandbox.clone() as clone:
        done = clone.docker("buildx", "bake", "--print", cwd=tmp_path, check=False)
    assert "out of memory" in done.stderr, done.stderr[-500:]


def doubled(times: int) -> str:
    """A bake file whose variable is doubled so many times."""
    lines = ['variable "v0" { default = "0123456789abcdef" }']
    lines += [f'variable "v{n + 1}" {{ default = "${{v{n}}}${{v{n}}}" }}' for n in range(times)]
    return "\n".join([*lines, f'target "default" {{ args = {{ A = "${{v{times}}}" }} }}'])


def test_a_clone_leaves_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    deep = json.dumps("import os\nfor _ in range(4000): os.mkdir('d'); os.chdir('d')")
    nested = context(tmp_path / "deep", "FROM lab/python", f'RUN ["python3", "-c", {deep}]')
    locked = context(
        tmp_path / "image",
        "FROM lab/busybox",
        "RUN dd if=/dev/urandom of=/big bs=1M count=30 && chmod 0 /big",
    )
    with sandbox.clone() as clone:
        assert not clone.build(nested, check=False).ok, "the engine cannot read so long a path"
        clone.build(locked, tags=[f"{clone.registry}/big"], push=True)
        home = clone.paths.home
        assert left(home)
    assert left(home) == []


def test_the_clone_of_a_killed_process_goes_when_the_next_one_comes(sandbox: Sandbox) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        home = Path(holder.stdout.readline().strip())
        holder.kill()
    assert home.is_dir()
    with sandbox.clone() as clone:
        assert clone.paths.home != home
        assert left(home) == []


def test_a_block_that_raises_loses_its_clone_as_well(sandbox: Sandbox) -> None:
    homes = []

    def fail_within() -> None:
        with sandbox.clone() as clone:
            homes.append(clone.paths.home)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_within()
    assert left(homes[0]) == []
