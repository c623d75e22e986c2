"""Quantities in words."""

from __future__ import annotations

import pytest

from sandbox.units import seconds, size


@pytest.mark.parametrize(
    ("value_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (3_141, "3.1 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_499, "999 kB"),
        (999_501, "1.0 MB"),
        (540_000_000, "540 MB"),
        (999_600_000, "1.0 GB"),
        (12_300_000_000, "12.3 GB"),
        (5_000_000_000_000, "5000 GB"),
    ],
)
def test_size(value_bytes: int, text: str) -> None:
    assert size(value_bytes) == text


@pytest.mark.parametrize(("value_s", "text"), [(0.0994, "99 ms"), (1, "1.00 s"), (60, "60.0 s")])
def test_seconds(value_s: float, text: str) -> None:
    assert seconds(value_s) == text
