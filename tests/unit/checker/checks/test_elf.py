"""The heads of program files, as linkers write them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from checker.checks.elf import Program, read_program


def head(machine: int, *, kind: int = 2, interpreter: str = "") -> bytes:
    """A 64-bit little-endian file with one program header, or two with an interpreter."""
    text = interpreter.encode() + b"\0" if interpreter else b""
    headers = [struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0, 0, 0)]
    at = 64 + 56 * 2
    if text:
        headers.append(struct.pack("<IIQQQQQQ", 3, 4, at, 0, 0, len(text), len(text), 1))
    ident = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    fields = (kind, machine, 1, 0, 64, 0, 0, 64, 56, len(headers), 0, 0, 0)
    table = b"".join(headers).ljust(112, b"\0")
    return ident + struct.pack("<HHIQQQIHHHHHH", *fields) + table + text


@pytest.mark.parametrize(("machine", "name"), [(62, "amd64"), (183, "arm64"), (8, "machine 8")])
def test_the_machine_is_read(machine: int, name: str) -> None:
    assert read_program(head(machine)) == Program(name, None)


def test_the_interpreter_is_read() -> None:
    found = read_program(head(183, kind=3, interpreter="/lib/ld-linux-aarch64.so.1"))

    assert found == Program("arm64", "/lib/ld-linux-aarch64.so.1")


def test_a_real_program_of_this_machine_is_read() -> None:
    found = read_program(Path(sys.executable).resolve().read_bytes())

    assert found is not None
    assert not found.architecture.startswith("machine")


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"#!/bin/sh\n", head(183)[:50], head(183)[:66], head(62, kind=1)]
)
def test_what_is_no_whole_program_is_none(content: bytes) -> None:
    assert read_program(content) is None
