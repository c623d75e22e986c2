"""Splits the words of a command into options and arguments, as buildx's own parser does.

Source: https://pkg.go.dev/github.com/spf13/pflag, "Command line flag syntax".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.parse.flags.table import FLAGS, Flag

_ALL = {name: flag for flags in FLAGS.values() for name, flag in flags.items()}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command, or one argument that is not an option.

    Args:
        name: Its long name; empty for an argument.
        value: Its value, or the argument. ``true`` for a switch without a value.
        word: The word that names it, as it was typed.
        words: The words that belong to it. If an option shares its word with the option before it
            (``-qt NAME``), this is only the option's value.
        position: The index of ``word`` in the words of the command.
    """

    name: str
    value: str
    word: str
    words: tuple[str, ...]
    position: int


def read_options(arguments: Sequence[str], kind: str) -> tuple[Option, ...]:
    """Read the words after ``docker buildx build``, or after a similar command.

    If only another command has an option, the option is read as in that command. If no command has
    it, it takes the next word as its value. A value that is missing at the end is empty. Words
    after ``--`` are arguments.

    Args:
        arguments: The words.
        kind: The kind of the command: ``build``, ``bake`` or ``imagetools``.
    """
    return tuple(_Reader(arguments, {**_ALL, **FLAGS[kind]}).options())


class _Reader:
    """Reads the words of a command, from the first to the last."""

    def __init__(self, arguments: Sequence[str], flags: Mapping[str, Flag]) -> None:
        self._words = iter(enumerate(arguments))
        self._flags = flags
        self._long = {flag.short: flag.name for flag in flags.values() if flag.short}

    def options(self) -> Iterator[Option]:
        for position, word in self._words:
            if word == "--":
                yield from (Option("", rest, rest, (rest,), n) for n, rest in self._words)
            elif word == "-" or not word.startswith("-"):
                yield Option("", word, word, (word,), position)
            elif word.startswith("--"):
                name, is_joined, value = word.partition("=")
                if is_joined:
                    yield Option(name, value, word, (word,), position)
                else:
                    yield self._unjoined(name, word, (word,), position)
            else:
                yield from self._short(word, position)

    def _short(self, word: str, position: int) -> Iterator[Option]:
        """Read the options in a word with one hyphen: ``-t``, ``-tNAME``, ``-t=NAME``, ``-qt``."""
        letters = word[1:]
        own: tuple[str, ...] = (word,)
        while letters:
            name, rest = f"-{letters[0]}", letters[1:]
            name = self._long.get(name, name)
            if rest.startswith("=") and len(rest) > 1:
                yield Option(name, rest[1:], word, own, position)
                return
            if not rest or not self._takes_value(name):
                yield self._unjoined(name, word, own, position, is_last=not rest)
            else:
                yield Option(name, rest, word, own, position)
                return
            letters, own = rest, ()

    def _unjoined(
        self, name: str, word: str, own: tuple[str, ...], position: int, *, is_last: bool = True
    ) -> Option:
        if not is_last or not self._takes_value(name):
            return Option(name, "true", word, own, position)
        _, value = next(self._words, (0, ""))
        return Option(name, value, word, (*own, value), position)

    def _takes_value(self, name: str) -> bool:
        return name not in self._flags or self._flags[name].takes_value
