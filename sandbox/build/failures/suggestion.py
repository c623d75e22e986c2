"""Names that somebody may have meant, and short lists of names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_MOST_NAMES = 8


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name most like a misspelt word, whatever its capitals; None if no name is like it."""
    by_lower = {name.lower(): name for name in names}
    near = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None


def did_you_mean(name: str | None) -> str:
    """The question, with a space before it; empty when there is no name to suggest."""
    return f" Did you mean {name}?" if name else ""


def listed(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = len(names) - _MOST_NAMES
    rest = [f"and {more} more"] if more > 0 else []
    return ", ".join([*names[:_MOST_NAMES], *rest])
