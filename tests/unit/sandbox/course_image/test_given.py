"""Each thing that a container lacks is named, with the command to run instead."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from sandbox.course_image import given
from sandbox.course_image.given import FLAGS, RUN, ContainerGiven, emulator, mapped_ids, problem

GOOD = ContainerGiven(
    is_volume=True,
    file_system="ext4",
    overlay=True,
    namespaces=True,
    apparmor="",
    masked=False,
    no_new_privileges=False,
    tun=True,
    ids=2**32 - 1,
    kernel="6.18.0",
    emulator="",
    architecture="amd64",
)


def test_a_container_with_everything_has_no_problem() -> None:
    assert problem(GOOD) is None


@pytest.mark.parametrize(
    ("change", "words", "step"),
    [
        ({"is_volume": False}, "No volume", RUN),
        ({"tun": False}, FLAGS[3], RUN),
        ({"namespaces": False}, FLAGS[0], RUN),
        ({"apparmor": "docker-default"}, FLAGS[1], RUN),
        ({"masked": True}, FLAGS[2], RUN),
        ({"no_new_privileges": True}, "no-new-privileges", RUN),
        ({"overlay": False, "file_system": "overlay"}, "file system overlay", RUN),
        ({"ids": 65537}, "65537 user ids", "usermod --add-subuids"),
        ({"kernel": "5.10.0-28-amd64"}, "kernel 5.10.0", "wsl --update"),
        ({"emulator": "/usr/bin/qemu-x86_64"}, "for amd64", "buildkit-lab-arm64.tar"),
    ],
)
def test_what_is_missing_is_named(change: dict[str, object], words: str, step: str) -> None:
    found = problem(dataclasses.replace(GOOD, **change))  # type: ignore[arg-type]
    assert found is not None
    assert words in found.message
    assert step in found.next_step


@pytest.mark.parametrize(
    ("command_line", "program"),
    [
        ("/usr/bin/qemu-x86_64-static\0/usr/bin/tini\0--", "/usr/bin/qemu-x86_64-static"),
        ("/run/rosetta/rosetta\0/usr/bin/tini", "/run/rosetta/rosetta"),
        ("tini\0--\0/opt/qemu-course", ""),
    ],
)
def test_an_emulator_is_seen_in_the_command_line(command_line: str, program: str) -> None:
    assert emulator(command_line) == program


def test_the_user_ids_of_a_rootless_engine_are_counted() -> None:
    assert (
        mapped_ids("         0       1000          1\n         1     100000      65536\n") == 65537
    )
    assert mapped_ids("         0          0 4294967295\n") == 2**32 - 1


def test_the_readme_has_the_command() -> None:
    root = Path(given.__file__).parents[2]
    readme = (root / "README.md").read_text()
    typed = re.sub(r"\s*\\\n\s*", " ", readme)
    assert f"\n{RUN}\n" in typed
