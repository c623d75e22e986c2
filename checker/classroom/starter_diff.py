"""What was handed in beside the starter, line by line, with what cannot be seen made visible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, groupby

from checker.plain_text import plain_line, visible

MOST_LINES = 1_000
"""Longer files are not compared, and their later lines are not shown: comparing them takes long."""
_MOST_LETTERS = 2_000
"""The most characters of a line."""
MOST_SHOWN = 50_000
"""The most characters of a longer file that are shown: a page may need 20 bytes for one of them."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line.

    Args:
        sign: ``+``: only handed in; ``-``: only in the starter; a blank: in both.
        number: The line's number in its file, from 1.
        parts: Its text; each part with whether it stands for characters that cannot be seen.
    """

    sign: str
    number: int
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file.

    Args:
        name: Its name.
        lines: Its lines, in order.
        note: What is to be known about the comparison; empty: nothing.
    """

    name: str
    lines: tuple[DiffLine, ...]
    note: str

    @property
    def added(self) -> int:
        return sum(line.sign == "+" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.sign == "-" for line in self.lines)


def compare_files(handed: Mapping[str, str], starter: Mapping[str, str]) -> list[FileDiff]:
    """Every file that was handed in, beside the starter's file of that name."""
    return [_compare(name, text, starter.get(name)) for name, text in sorted(handed.items())]


def _compare(name: str, text: str, starter: str | None) -> FileDiff:
    new, old = _lines(text), _lines(starter or "")
    is_long = len(new) > MOST_LINES or len(text) > MOST_SHOWN
    if starter is None or is_long or len(old) > MOST_LINES:
        note = "The starter has no such file." if starter is None else "Too long to be compared."
        if is_long:
            count, new = len(new), _lines(text[:MOST_SHOWN])[:MOST_LINES]
            note += f" The first {len(new)} of {count} lines:"
        shown = _signed(" ", new, 0, len(new))
        return FileDiff(plain_line(name), tuple(shown), note)
    # As everywhere, white space at line ends does not count: editors change it by themselves.
    old_keys, new_keys = ([line.rstrip() for line in lines] for lines in (old, new))
    matcher = SequenceMatcher(None, old_keys, new_keys)
    lines = chain.from_iterable(
        _signed(" ", new, new_from, new_to)
        if tag == "equal"
        else chain(_signed("-", old, old_from, old_to), _signed("+", new, new_from, new_to))
        for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes()
    )
    note = "Equal to the starter." if old_keys == new_keys else ""
    return FileDiff(plain_line(name), tuple(lines), note)


def _lines(text: str) -> list[str]:
    """The lines; only a line feed ends one, as in a build. Its carriage return does not count."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if not lines[-1] else lines


def _signed(sign: str, lines: list[str], first: int, end: int) -> Iterator[DiffLine]:
    for number in range(first, end):
        yield DiffLine(sign, number + 1, _parts(lines[number]))


def _parts(line: str) -> tuple[tuple[str, bool], ...]:
    rest = len(line) - _MOST_LETTERS
    shown = line[:_MOST_LETTERS].expandtabs(4)
    parts = [
        (visible("".join(letters)), not is_seen)
        for is_seen, letters in groupby(shown, str.isprintable)
    ]
    return (*parts, (f"… {rest} characters more", True)) if rest > 0 else tuple(parts)
