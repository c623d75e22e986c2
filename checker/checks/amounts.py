"""Words for findings: byte counts, lists of names, the output of a program."""

from __future__ import annotations

from collections.abc import Iterable


def amount(size_bytes: int) -> str:
    """A number of bytes in decimal units, as buildx prints it."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def tail(text: str, lines: int = 8, characters: int = 600) -> str:
    """The end of a container's output, whose length is not known."""
    return "\n".join(text.strip().splitlines()[-lines:])[-characters:]


def together(names: Iterable[str]) -> str:
    """All names, joined by "and"."""
    return " and ".join(names)
