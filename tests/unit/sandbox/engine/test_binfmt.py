from __future__ import annotations

import os
import platform
import re

import pytest

from sandbox.engine import binfmt
from sandbox.engine.binfmt import AMD64, ARM64, Architecture


def raw(text: str) -> bytes:
    return bytes(
        int(byte, 16) for byte in re.findall(r"\\x(..)", text.replace("ELF", r"\x45\x4c\x46"))
    )


@pytest.mark.parametrize("architecture", [AMD64, ARM64])
def test_a_registration_line_has_what_the_kernel_wants(architecture: Architecture) -> None:
    """Source: Linux, Documentation/admin-guide/binfmt-misc.rst."""
    empty, name, kind, offset, magic, mask, program, flags = architecture.registration.split(":")
    assert (empty, kind, offset) == ("", "M", "")
    assert name == f"qemu-{architecture.kernel}"
    assert program == f"/usr/bin/qemu-{architecture.kernel}"
    assert set(flags) == {"F", "P"}
    assert len(raw(magic)) == len(raw(mask)) == 20
    assert len(architecture.registration) < 1920


def test_each_takes_its_own_programs_and_no_others() -> None:
    """This very Python, as the kernel would match it."""
    with open(f"/proc/{os.getpid()}/exe", "rb") as file:
        head = file.read(20)
    takes = []
    for architecture in (AMD64, ARM64):
        _, _, _, _, magic, mask, *_ = architecture.registration.split(":")
        pairs = zip(head, raw(mask), strict=True)
        if bytes(byte & bit for byte, bit in pairs) == raw(magic):
            takes.append(architecture)
    assert takes == [binfmt.native()]


@pytest.mark.parametrize(
    ("machine", "native", "foreign"), [("x86_64", AMD64, ARM64), ("aarch64", ARM64, AMD64)]
)
def test_the_other_one_is_emulated(
    monkeypatch: pytest.MonkeyPatch, machine: str, native: Architecture, foreign: Architecture
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert (binfmt.native(), binfmt.foreign()) == (native, foreign)
