"""Emulation: what breaks without it, and that everything notices when it comes and goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import BuildError, Sandbox
from sandbox.engine.binfmt import foreign, native

BINFMT = ("run", "--privileged", "--rm", "tonistiigi/binfmt")


@pytest.fixture(autouse=True)
def _on_again(sandbox: Sandbox) -> Iterator[None]:
    assert sandbox.emulation.is_on, "a start of the engine switches it on"
    yield
    sandbox.emulation.on()


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM lab/busybox\nRUN uname -m\n")
    return tmp_path


def build(lab: Sandbox, folder: Path, **options: str) -> str:
    """The machine's name in a build for the other architecture."""
    made = lab.build(folder, platforms=[f"linux/{foreign().docker}"], no_cache=True, **options)
    return made.log.strip()


def test_off_and_on_without_a_restart(sandbox: Sandbox, machine: Path) -> None:
    pid = sandbox.state.pid
    assert build(sandbox, machine) == foreign().kernel
    sandbox.emulation.off()
    sandbox.emulation.off()
    assert not sandbox.emulation.is_on
    with pytest.raises(BuildError) as caught:
        build(sandbox, machine)
    assert "exec format error" in caught.value.build.log
    assert "tonistiigi/binfmt --install" in caught.value.next_step
    sandbox.emulation.on()
    sandbox.emulation.on()
    assert sandbox.emulation.is_on
    assert build(sandbox, machine) == foreign().kernel
    assert sandbox.state.pid == pid


def test_a_block_without_it_ends_as_it_began(sandbox: Sandbox) -> None:
    def fail_within() -> None:
        with sandbox.emulation.switched_off():
            assert not sandbox.emulation.is_on
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_within()
    assert sandbox.emulation.is_on
    sandbox.emulation.off()
    with sandbox.emulation.switched_off():
        pass
    assert not sandbox.emulation.is_on


def test_binfmt_as_typed(sandbox: Sandbox, machine: Path) -> None:
    """The image is made on first need, and prints what the one of that name prints."""
    argv = ("docker", *BINFMT)
    sandbox.prepare(argv, cwd=machine)
    done = sandbox.docker(*BINFMT, "--uninstall", foreign().handler)
    assert f"uninstalling: {foreign().handler} OK" in done.stderr
    assert json.loads(done.stdout) == {
        "supported": [f"linux/{native().docker}"],
        "emulators": None,
    }
    assert not sandbox.emulation.is_on
    done = sandbox.docker(*BINFMT, "--install", "all")
    assert f"installing: {foreign().docker} OK" in done.stderr
    assert json.loads(done.stdout) == {
        "supported": [f"linux/{native().docker}", f"linux/{foreign().docker}"],
        "emulators": [foreign().handler],
    }
    # QEMU came from a container that is gone, and keeps argv[0] as the sandbox's own does.
    assert sandbox.emulation.is_on
    (machine / "Dockerfile").write_text("FROM lab/busybox\nRUN uname -m && sleep 0.01\n")
    assert build(sandbox, machine) == foreign().kernel


def test_a_builder_that_runs_already_notices(sandbox: Sandbox, machine: Path) -> None:
    with sandbox.emulation.switched_off(), sandbox.empty_builder() as name:
        inspect = ("buildx", "inspect", name)
        assert f"linux/{foreign().docker}" not in sandbox.docker(*inspect).stdout
        with pytest.raises(BuildError, match="exit code: 255"):
            build(sandbox, machine, builder=name)
        sandbox.emulation.on()
        assert build(sandbox, machine, builder=name) == foreign().kernel
        # What it lists is what it found when it began, and looks for again after a while.
        sandbox.docker("buildx", "stop", name)
        listed = sandbox.docker(*inspect, "--bootstrap").stdout
        assert f"linux/{foreign().docker}" in listed
