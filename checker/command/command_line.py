"""Reads one submitted docker command without running a shell.

``read_line`` understands quotes, a backslash at the end of a line, comments and ``$NAME``. It
refuses syntax that needs a shell (a second command, a pipe, a substitution).
``checker.command.rules`` decides which options are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checker.command.refusal import refused
from checker.errors import SubmissionError

FILE = "build.cmd"
"""The file name of a submitted command."""

MOST_LETTERS = 100_000
"""The most characters of a command. Linux passes a program words of 131,072 bytes at most."""

KINDS = ("build", "bake", "imagetools")
"""The kinds of line that an exercise can ask for."""

# Placeholder for a literal dollar sign; ``read_line`` refuses the character itself.
_HELD_DOLLAR = "\0"
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_COMMENT_LINE = re.compile(r"^[ \t]*#.*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A submitted command.

    Args:
        text: The whole file, for messages.
        kind: ``build``, ``bake`` or ``imagetools``.
        words: The first words, such as ``docker buildx build``.
        arguments: The other words, without quotes.
    """

    text: str
    kind: str
    words: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def argv(self) -> tuple[str, ...]:
        return (*self.words, *self.arguments)

    def expanded(self, variables: Mapping[str, str]) -> CommandLine:
        """The command with each ``$NAME`` replaced by its value.

        Raises:
            SubmissionError: The command names a variable that does not exist.
        """

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name not in variables:
                raise refused(
                    self.text,
                    f"${name}",
                    f"There is no variable ${name} here.",
                    f"write {' or '.join(f'${known}' for known in variables)}, or put a literal "
                    "dollar sign in single quotes",
                )
            return variables[name]

        filled = (_VARIABLE.sub(value, word) for word in self.arguments)
        line = replace(self, arguments=tuple(map(_released, filled)))
        _require_short(sum(map(len, line.argv)))
        return line


def read_line(text: str, kind: str = "build") -> CommandLine:
    """Read a command; empty lines and comments around it are ignored.

    Args:
        text: The whole file.
        kind: The kind that the exercise wants, for messages only: any kind is read.

    Raises:
        SubmissionError: The file has no command or several, or a command needs a shell. The
            message marks the line.
    """
    # Imported here, so that `checker` commands that read no line do not load the sandbox.
    from checker.command.shell_line import split  # noqa: PLC0415
    from sandbox import flags  # noqa: PLC0415

    _require_short(len(text))
    # Only the end of a line and the tab: docker, Python and a terminal differ on all others.
    if strange := next((c for c in text if flags.is_unseen(c) and c not in "\t\r\n"), None):
        raise refused(
            text,
            strange,
            f"The line has the character U+{ord(strange):04X}, which cannot be seen.",
            "delete the character, or write the line anew",
        )
    # Remove comments first: a comment may contain an apostrophe or end in a backslash.
    told = _COMMENT_LINE.sub("", text.removeprefix("\ufeff"))
    if blank := re.search(r"\\[ \t]+$", told, re.MULTILINE):
        raise refused(
            text,
            blank[0],
            "A blank follows this backslash, so the command ends on this line.",
            "delete the blank after the backslash",
        )
    joined = re.sub(r"\\\r?\n", " ", told)
    commands = [words for line in joined.splitlines() if (words := split(line, text, _held))]
    if not commands:
        raise SubmissionError(
            "The file has no command.", next_step="write one line that begins with docker buildx"
        )
    if len(commands) > 1:
        raise refused(
            text,
            _shown(commands[1][0]),
            f"The file has {len(commands)} commands; only one is allowed.",
            "keep one command; to continue it on the next line, end the line with a backslash",
        )
    words = commands[0]
    if (beginning := flags.beginning_of(words)) is not None:
        rest = tuple(words[len(beginning) :])
        return CommandLine(text, flags.BEGINNINGS[beginning], beginning, rest)
    raise refused(
        text,
        _shown(words[0]),
        f"The command begins with {' '.join(map(_shown, words[:3]))!r}.",
        f"begin with {' '.join(beginning_of(kind))}, without any word before it",
    )


def beginning_of(kind: str) -> tuple[str, ...]:
    """The first words of a command of that kind."""
    from sandbox import flags  # noqa: PLC0415

    return flags.beginnings_of(kind)[0]


def _require_short(letters: int) -> None:
    if letters > MOST_LETTERS:
        raise SubmissionError(
            f"The command has {letters} characters.",
            next_step=f"write it in at most {MOST_LETTERS}",
        )


def _held(text: str) -> str:
    return text.replace("$", _HELD_DOLLAR)


def _released(text: str) -> str:
    return text.replace(_HELD_DOLLAR, "$")


def _shown(word: str) -> str:
    """A word as messages show it: variables as ``$NAME``, not ``${NAME}``."""
    return _released(_VARIABLE.sub(lambda match: f"${match[1] or match[2]}", word))
