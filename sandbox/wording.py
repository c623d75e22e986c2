"""Formats quantities, and BuildKit's own texts, for a line of a terminal or a picture."""

from __future__ import annotations

import re

# Characters that XML does not allow, including the control characters of terminals.
_UNPRINTABLE = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\b")
# The flags of a RUN, and among them its mounts; a command may have an option of that name as well.
_RUN_FLAGS = re.compile(r'(?<=^RUN )(?:--[a-z]+=(?:"[^"]*"|\S)+ )+')
_MOUNT = re.compile(r'--mount=(?:"[^"]*"|\S)+ ')
_REGISTRY = re.compile(r"\bdocker\.io/(?:library/)?")


def printable(text: str) -> str:
    """The text on one line, without characters that break XML or control a terminal."""
    return " ".join(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).split())


def short(instruction: str) -> str:
    """An instruction without the digests and the registry that BuildKit adds to names."""
    return printable(_REGISTRY.sub("", _DIGEST.sub("", instruction)))


def brief(instruction: str) -> str:
    """The instruction for a place with little room: ``short``, and without ``--mount`` flags."""
    return _RUN_FLAGS.sub(lambda flags: _MOUNT.sub("", flags[0]), short(instruction))


def cut(text: str, letters: int) -> str:
    """The text, shortened to ``letters`` characters with an ellipsis if it is longer."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def counted(count: int, noun: str) -> str:
    """A number of things: ``1 layer``, ``2 layers``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def seconds(value_s: float) -> str:
    """A duration: ``12.3 s``, ``1.23 s``, ``12 ms``."""
    if value_s < 0.0995:
        return f"{value_s * 1000:.0f} ms"
    return f"{value_s:.2f} s" if value_s < 9.995 else f"{value_s:.1f} s"


def size(value_bytes: int) -> str:
    """An amount of data, in powers of ten as docker prints it: ``42 B``, ``3.1 kB``, ``540 MB``."""
    if value_bytes < 1000:
        return f"{value_bytes} B"
    value, unit = value_bytes / 1000, "kB"
    for larger in ("MB", "GB"):
        # A larger value would be printed as 1000 of this unit.
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"
