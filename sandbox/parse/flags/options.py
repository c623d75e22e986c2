"""Splits the words of a command into options and arguments, as buildx's own parser does.

Source: https://pkg.go.dev/github.com/spf13/pflag, "Command line flag syntax".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.parse.flags.table import BEGINNINGS, FLAGS, GLOBAL_FLAGS, Flag, beginning_of

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


@dataclass(frozen=True, slots=True)
class Beginning:
    """The words of a command up to its name.

    Args:
        words: As typed: ``docker --debug buildx build``.
        kind: The kind of the command, one of ``KINDS``.
    """

    words: tuple[str, ...]
    kind: str


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


def without_global_options(argv: Sequence[str]) -> tuple[str, ...]:
    """A docker command without the options in front of its name, docker's own and buildx's.

    ``docker --debug buildx --builder=ci build .`` becomes ``docker buildx build .``.
    """
    words: tuple[str, ...] = ()
    rest = tuple(argv)
    for program, known in GLOBAL_FLAGS.items():
        if rest[:1] != (program,):
            break
        options = _Reader(rest[1:], known).options()
        command = next((one.position for one in options if not one.name), len(rest) - 1)
        words, rest = (*words, program), rest[1 + command :]
    return (*words, *rest)


def read_beginning(argv: Sequence[str]) -> Beginning | None:
    """The beginning of a command, with the options in front of its name.

    Returns:
        None when the command is not one of ``BEGINNINGS``.
    """
    plain = without_global_options(argv)
    words = beginning_of(plain)
    if words is None:
        return None
    length = len(argv) - len(plain) + len(words)
    return Beginning(tuple(argv[:length]), BEGINNINGS[words])


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
