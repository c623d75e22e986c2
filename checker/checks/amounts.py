"""Words for findings: byte counts, lists of names, the end of a program and what it printed."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ERROR = re.compile(r"([A-Z]\w*)?(Error|Exception)\b.*: |panic: |fatal: ", re.ASCII)


def amount(size_bytes: int) -> str:
    """A number of bytes in decimal units, as buildx prints it."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def tail(text: str, lines: int = 8, characters: int = 600) -> str:
    """The end of a container's output, whose length is not known."""
    return "\n".join(text.strip().splitlines()[-lines:])[-characters:]


def tail_of_error(text: str) -> str:
    """The end of what a program wrote to stderr, with the line that names the error.

    A runtime such as Node.js writes that line above a long stack, so the end alone may lack it.
    """
    end = tail(text)
    lines = (line.strip() for line in text.splitlines())
    named = next((line[:300] for line in lines if _ERROR.match(line)), "")
    return end if not named or named in end else f"{named}\n…\n{end}"


def end_of(exit_code: int | None) -> str:
    """How a program ended. It has no exit code if its time was up."""
    return "did not end in its time" if exit_code is None else f"ended with exit code {exit_code}"


def beginning_of(content: bytes, most: int = 16) -> str:
    """The beginning of a file: as text if it is text, else as hexadecimal digits."""
    head = content[:most]
    text = head.decode("utf-8", errors="ignore").split("\n")[0]
    return text if text and text.isprintable() else head.hex(" ")


def together(names: Iterable[str]) -> str:
    """All names, joined by "and"."""
    return " and ".join(names)
