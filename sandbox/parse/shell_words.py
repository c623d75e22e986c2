"""Splits one command line into words as a shell would, without ever starting one.

Quotes, backslashes, ``$NAME``, ``~`` and comments are recognised, and so is syntax that needs a
shell: pipes, substitutions, patterns. This module expands and refuses nothing: the caller passes
a function that returns the text for each part of a word.

Source: POSIX, Shell Command Language, 2.2 Quoting and 2.6 Word Expansions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

_VARIABLE = r"\$(?:(?P<name>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})"
_SUBSTITUTION = r"(?P<substitution>`|\$\()"
_PARAMETER = r"(?P<parameter>\$[{\d?$!\#@*-])"
# One part of a word, outside double quotes and inside them; the group's name is its kind.
_BARE = re.compile(
    rf"""(?P<blank>[ \t\r\n]+)
    | '(?P<literal>[^']*)'
    | (?P<quote>")
    | \\(?P<escaped>.)
    | {_VARIABLE}
    | (?P<operator>(?:(?<!\S)\d+)?[<>]+(?:&\d?)?|[|&]+|;+|[()]|\$['"])
    | (?P<pattern>[*?\[])
    | {_SUBSTITUTION}
    | {_PARAMETER}
    | (?P<comment>\#)
    | (?P<home>~[\w.-]*)
    | (?P<plain>[^'"\\])""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(
    rf"""(?P<quote>")
    | \\(?P<escaped>["\\$`])
    | {_VARIABLE}
    | {_SUBSTITUTION}
    | {_PARAMETER}
    | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """The kinds of part that a word can have."""

    TEXT = "text"
    """Literal text: it was quoted, or has no special character."""
    VARIABLE = "variable"
    """``$NAME`` or ``${NAME}``; the part's text is the name."""
    OPERATOR = "operator"
    """A pipe, a redirection, an end of a command, or ``$'``."""
    SUBSTITUTION = "substitution"
    """The beginning of a command inside the command: a backtick or ``$(``."""
    PARAMETER = "parameter"
    """The beginning of any other parameter that a shell replaces: ``$1``, ``$?``, ``${``."""
    PATTERN = "pattern"
    """``*``, ``?`` or ``[``."""
    COMMENT = "comment"
    """From a ``#`` that begins a word to the end of its line."""
    HOME = "home"
    """``~`` or ``~NAME`` at the beginning of a word."""


_KINDS = {
    **dict.fromkeys(("literal", "escaped", "plain"), Kind.TEXT),
    **dict.fromkeys(("name", "braced"), Kind.VARIABLE),
    **{kind.value: kind for kind in Kind if kind not in (Kind.TEXT, Kind.VARIABLE)},
}


@dataclass(frozen=True, slots=True)
class WordPart:
    """A part of a word: its kind, and its text without quotes."""

    kind: Kind
    text: str


class UnfinishedError(ValueError):
    """The line ends inside a quote, or after a backslash.

    Args:
        is_quote: True for a quote, False for a backslash.
    """

    def __init__(self, *, is_quote: bool) -> None:
        super().__init__("a quote is not closed" if is_quote else "a backslash ends the line")
        self.is_quote = is_quote


def read_words(line: str, stands_for: Callable[[WordPart], str]) -> Iterator[str]:
    """Yield the words of a line in order; ``''`` and ``""`` are empty words.

    Args:
        line: One line, or several lines that a quote joins.
        stands_for: Called with each part of a word as soon as the part is read; returns the text
            to put into the word. It is called with comments too, but its result is then ignored.

    Raises:
        UnfinishedError: The line ends inside a quote, or after a backslash.
    """
    word: list[str] | None = None  # None between words
    syntax, position = _BARE, 0
    while position < len(line):
        found = syntax.match(line, position)
        if found is None:
            raise UnfinishedError(is_quote=line[position] == "'")
        name, position = str(found.lastgroup), found.end()
        begins = word is None
        if name == "comment" and begins:
            end = line.find("\n", position)
            end = len(line) if end < 0 else end
            stands_for(WordPart(Kind.COMMENT, line[position - 1 : end]))
            position = end
        elif name == "blank":
            if word is not None:
                yield "".join(word)
            word = None
        else:
            word = word or []
            if name == "quote":
                syntax = _BARE if syntax is _QUOTED else _QUOTED
            else:
                is_plain = name in ("comment", "home") and not begins
                word.append(
                    stands_for(WordPart(Kind.TEXT if is_plain else _KINDS[name], found[name]))
                )
    if syntax is _QUOTED:
        raise UnfinishedError(is_quote=True)
    if word is not None:
        yield "".join(word)
