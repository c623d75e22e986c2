"""Quantities and names in words."""

from __future__ import annotations

import pytest

from sandbox.wording import brief, counted, cut, printable, seconds, short, size


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


@pytest.mark.parametrize(
    ("value_s", "text"),
    [
        (0, "0 ms"),
        (0.0004, "0 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.10 s"),
        (1.234, "1.23 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (12.34, "12.3 s"),
        (3600, "3600.0 s"),
    ],
)
def test_seconds(value_s: float, text: str) -> None:
    assert seconds(value_s) == text


def test_printable() -> None:
    assert printable("a\x1b[1m\x00\ud800\ufffeb") == "a�[1m���b"
    assert printable(" a\n\tb ") == "a b"


def test_names_of_images_lose_what_buildkit_added() -> None:
    digest = "@sha256:" + "0123456789abcdef" * 4
    assert short(f"FROM docker.io/lab/busybox:latest{digest}") == "FROM lab/busybox:latest"
    assert short("FROM docker.io/library/golang") == "FROM golang"


def test_cut() -> None:
    assert cut("RUN make all", 12) == "RUN make all"
    assert cut("RUN make all", 10) == "RUN make…"


def test_counted() -> None:
    assert [counted(n, "layer") for n in (0, 1, 2)] == ["0 layers", "1 layer", "2 layers"]


@pytest.mark.parametrize(
    ("instruction", "shown"),
    [
        ("RUN --mount=type=cache,target=/root/.npm npm ci", "RUN npm ci"),
        (
            'RUN --network=none --mount=type=secret,id=a --mount="type=bind,source=a b" make',
            "RUN --network=none make",
        ),
        # An option of the command that runs.
        (
            "RUN docker run --mount=type=bind,source=. app",
            "RUN docker run --mount=type=bind,source=. app",
        ),
        ("COPY --link --from=deps /a /b", "COPY --link --from=deps /a /b"),
    ],
)
def test_a_brief_instruction_shows_the_command_and_no_mounts(instruction: str, shown: str) -> None:
    assert brief(instruction) == shown
