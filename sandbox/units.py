"""Quantities in words, with as many digits as mean something."""

from __future__ import annotations


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
        # From here on it would be printed as 1000 of the smaller unit.
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"
