"""One docker command that is handed in: read word by word, and never given to a shell.

``read_line`` reads what a shell would read of it: quotes, a backslash at a line's end,
comments, ``$NAME``. What only a shell can do (a second command, a pipe, a substitution) is
refused by its name. Which options are let through is the business of ``checker.command.rules``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checker.command.refusal import refused
from checker.errors import SubmissionError

FILE = "build.cmd"
"""The name under which a line is handed in."""

KINDS = ("build", "bake", "imagetools")
"""The kinds of line that an exercise can ask for."""

# Stands for a dollar sign that means itself.
_HELD_DOLLAR = "\ue000"
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_COMMENT_LINE = re.compile(r"^[ \t]*#.*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command as it was handed in.

    Args:
        text: The whole of the file, for messages.
        kind: ``build``, ``bake`` or ``imagetools``.
        words: How it begins, such as ``docker buildx build``.
        arguments: The rest, quotes taken off.
    """

    text: str
    kind: str
    words: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def argv(self) -> tuple[str, ...]:
        return (*self.words, *self.arguments)

    def expanded(self, variables: Mapping[str, str]) -> CommandLine:
        """The line with a value in the place of each ``$NAME``.

        Raises:
            SubmissionError: It names a variable that there is not.
        """

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name not in variables:
                raise refused(
                    self.text,
                    f"${name}",
                    f"There is no variable ${name} here.",
                    f"write {' or '.join(f'${known}' for known in variables)}; a dollar sign that "
                    "means itself goes into single quotes",
                )
            return variables[name]

        filled = (_VARIABLE.sub(value, word) for word in self.arguments)
        return replace(self, arguments=tuple(map(_released, filled)))


def read_line(text: str, kind: str = "build") -> CommandLine:
    """Read a command; empty lines and comments around it are passed over.

    Args:
        text: The whole file.
        kind: What is wanted, for messages; another kind is read as well.

    Raises:
        SubmissionError: It is none, more than one, or needs a shell. The line is marked.
    """
    # Not before a line is read: commands that read none start without the sandbox.
    from checker.command.shell_line import split  # noqa: PLC0415
    from sandbox import flags  # noqa: PLC0415

    # First of all, for it may hold an apostrophe, or end in a backslash that joins nothing.
    told = _COMMENT_LINE.sub("", text.removeprefix("\ufeff"))
    if blank := re.search(r"\\[ \t]+$", told, re.MULTILINE):
        raise refused(
            text,
            blank[0],
            "Behind this backslash stands a blank, so the line ends there.",
            "delete what stands behind the backslash",
        )
    joined = re.sub(r"\\\r?\n", " ", told)
    commands = [words for line in joined.splitlines() if (words := split(line, text, _held))]
    if not commands:
        raise SubmissionError(
            "There is no command in it.", next_step="write one line that begins with docker buildx"
        )
    if len(commands) > 1:
        raise refused(
            text,
            _shown(commands[1][0]),
            f"There are {len(commands)} commands, and one is taken.",
            "end a line that goes on below with a backslash, and leave the others out",
        )
    words = commands[0]
    if (beginning := flags.beginning_of(words)) is not None:
        rest = tuple(words[len(beginning) :])
        return CommandLine(text, flags.BEGINNINGS[beginning], beginning, rest)
    raise refused(
        text,
        _shown(words[0]),
        f"It begins with {' '.join(map(_shown, words[:3]))!r}.",
        f"begin with {' '.join(beginning_of(kind))}, and nothing before it",
    )


def beginning_of(kind: str) -> tuple[str, ...]:
    """How a line of that kind begins."""
    from sandbox import flags  # noqa: PLC0415

    return flags.beginnings_of(kind)[0]


def _held(text: str) -> str:
    return text.replace("$", _HELD_DOLLAR)


def _released(text: str) -> str:
    return text.replace(_HELD_DOLLAR, "$")


def _shown(word: str) -> str:
    """A word for a message, its variables written as most people write them."""
    return _released(_VARIABLE.sub(lambda match: f"${match[1] or match[2]}", word))
