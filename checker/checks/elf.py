"""The head of an ELF file: the program's architecture, and the loader that it needs.

This module reads four numbers of a format that has not changed in decades, so it needs no library.

Source: System V Application Binary Interface, chapters 4 (ELF header) and 5 (program header);
the numbers of machines are in Linux, include/uapi/linux/elf-em.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEAD_BYTES = 1 << 16
"""Enough of a file to read its head: linkers put the program headers after the ELF header."""
_MAGIC = b"\x7fELF"
_PROGRAMS = (2, 3)  # ET_EXEC, and ET_DYN for programs that may lie anywhere in memory
_MACHINES = {3: "386", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64"}
_INTERPRETER = 3


@dataclass(frozen=True, slots=True)
class Program:
    """The head of an ELF program.

    Args:
        architecture: As in a platform, ``arm64``; ``machine N`` for one that is unknown here.
        interpreter: The loader of its shared libraries; None: linked statically.
    """

    architecture: str
    interpreter: str | None


def read_program(head: bytes) -> Program | None:
    """Parse the beginning of a file; None if it is not an ELF program."""
    if not head.startswith(_MAGIC) or len(head) < 6:
        return None
    order = "<" if head[5] == 1 else ">"
    wide = head[4] == 2
    try:
        kind, machine = struct.unpack_from(f"{order}HH", head, 16)
        table_at = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", head, 32 if wide else 28)[0]
        entry_bytes, entries = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
        interpreter = None
        for number in range(entries):
            at = table_at + number * entry_bytes
            if struct.unpack_from(f"{order}I", head, at)[0] == _INTERPRETER:
                fields = f"{order}{'Q' if wide else 'I'}"
                start = struct.unpack_from(fields, head, at + (8 if wide else 4))[0]
                size = struct.unpack_from(fields, head, at + (32 if wide else 16))[0]
                interpreter = head[start : start + size].rstrip(b"\0").decode(errors="replace")
    except struct.error:
        return None
    if kind not in _PROGRAMS:
        return None
    return Program(_MACHINES.get(machine, f"machine {machine}"), interpreter)
