"""How findings say amounts, names and what a program printed."""

from __future__ import annotations

from collections.abc import Iterable


def amount(size_bytes: int) -> str:
    """A number of bytes in words, in units of a thousand, as buildx says it."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def tail(text: str, lines: int = 8, characters: int = 600) -> str:
    """The end of what a container printed: it may be anything, of any length."""
    return "\n".join(text.strip().splitlines()[-lines:])[-characters:]


def together(names: Iterable[str]) -> str:
    """All the names, as one speaks of them."""
    return " and ".join(names)
