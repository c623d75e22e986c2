"""Programs that images of the lab bring along: what they must have in common with the sandbox."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from pathlib import Path

import pytest

from sandbox.engine import network
from sandbox.engine.binfmt import AMD64, ARM64, foreign, native
from sandbox.images.recipe import RECIPES

BINFMT = RECIPES / "binfmt" / "binfmt.sh"


@pytest.fixture
def misc(tmp_path: Path) -> Path:
    """A folder as the kernel's, but for what the kernel does with what is written."""
    for name, text in (("register", ""), ("status", "enabled\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


def binfmt(misc: Path, *args: str) -> tuple[dict[str, list[str] | None], list[str]]:
    """What it prints: the JSON, and the lines before it."""
    argv = ["sh", str(BINFMT), f"--mount={misc}", *args]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr.splitlines()


def test_a_builder_looks_for_the_registry_where_it_is() -> None:
    program = (RECIPES / "buildkit" / "buildkitd.py").read_text()
    assert f'REGISTRY = "{network.ADDRESS}"' in program
    assert network.SERVICES["registry.lab"] == network.ADDRESS


def test_both_ends_of_a_builder_know_one_socket() -> None:
    texts = [(RECIPES / "buildkit" / name).read_text() for name in ("buildkitd.py", "buildctl.py")]
    first, second = (re.findall(r'(?m)^SOCKET = "(.+)"$', text) for text in texts)
    assert first == second != []


@pytest.mark.parametrize("name", ["all", foreign().docker, f"linux/{foreign().docker}"])
def test_binfmt_registers_as_the_sandbox_does(misc: Path, name: str) -> None:
    status, said = binfmt(misc, "--install", name)
    assert (misc / "register").read_text() == foreign().registration
    assert said == [f"installing: {foreign().docker if name == 'all' else name} OK"]
    # Nothing made a handler of it here.
    assert status == {"supported": [f"linux/{native().docker}"], "emulators": None}


def test_binfmt_knows_both_architectures(misc: Path) -> None:
    for architecture in (AMD64, ARM64):
        binfmt(misc, "--install", architecture.docker)
        assert (misc / "register").read_text() == architecture.registration
        assert architecture.kernel in platform.machine() or architecture is foreign()


def test_binfmt_says_what_there_is(misc: Path) -> None:
    handler = misc / foreign().handler
    handler.write_text("enabled\ninterpreter /usr/bin/qemu\n")
    both = {
        "supported": [f"linux/{native().docker}", f"linux/{foreign().docker}"],
        "emulators": [foreign().handler],
    }
    assert binfmt(misc) == (both, [])
    _, said = binfmt(misc, "--install", f"{foreign().docker},riscv64")
    assert said == [
        f"installing: {foreign().docker} {foreign().handler} already registered",
        "installing: riscv64 unsupported architecture: riscv64",
    ]
    handler.write_text("disabled\n")
    assert binfmt(misc)[0]["emulators"] is None


@pytest.mark.parametrize("name", [foreign().handler, foreign().docker, "qemu-*"])
def test_binfmt_takes_away(misc: Path, name: str) -> None:
    handler = misc / foreign().handler
    handler.write_text("enabled\n")
    _, said = binfmt(misc, "--uninstall", name)
    assert handler.read_text() == "-1\n"
    assert said == [f"uninstalling: {name} OK"]
    assert (misc / "status").read_text() == "enabled\n"
    assert binfmt(misc, "--uninstall", "s390x")[1] == ["uninstalling: s390x not found"]


def test_binfmt_refuses_what_it_does_not_know(misc: Path) -> None:
    argv = ["sh", str(BINFMT), f"--mount={misc}", "--instal", "all"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there are --install, --uninstall" in done.stderr
