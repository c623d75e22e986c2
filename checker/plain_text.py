r"""What a report may hold of text that comes from a submission.

A terminal obeys control characters, a page shows text in an order that bidirectional marks choose,
and JSON cannot hold half of a surrogate pair. So each character that is not printable is written as
Python writes it in a string, such as ``\x9b``; and what is long is cut in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

MOST_LETTERS = 6_000
"""The most characters of a message, or of one text in the evidence."""
MOST_ENTRIES = 200
"""The most entries of a list or an object in the evidence."""


def plain(text: str) -> str:
    """The text with its line ends; everything else that is not printable is escaped."""
    # Cut first: escaping makes one character up to ten.
    return visible(_cut(text.expandtabs(4)))


def visible(text: str) -> str:
    """As ``plain``, however long the text is."""
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def plain_line(text: str) -> str:
    """The text on one line; everything that is not printable is escaped, line ends as well."""
    return plain(text).replace("\n", "\\n")


def plain_json(value: object, reword: Callable[[str], str] = str) -> object:
    """A value for JSON: all texts and names in it reworded and plain, and none of it long."""
    if isinstance(value, str):
        return plain(reword(value))
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MOST_ENTRIES]
        return {plain(reword(str(name))): plain_json(item, reword) for name, item in pairs}
    if isinstance(value, list | tuple):
        rest = len(value) - MOST_ENTRIES
        kept = [plain_json(item, reword) for item in value[:MOST_ENTRIES]]
        return [*kept, f"… {rest} more"] if rest > 0 else kept
    return value


def _escaped(letter: str) -> str:
    if letter == "\n" or letter.isprintable():
        return letter
    return letter.encode("unicode_escape").decode("ascii")


def _cut(text: str) -> str:
    if len(text) <= MOST_LETTERS:
        return text
    half = MOST_LETTERS // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
