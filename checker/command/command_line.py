"""One docker command that is handed in: read word by word, and never given to a shell.

``read_line`` reads what a shell would read of it: quotes, a backslash at a line's end,
comments, ``$NAME``. What only a shell can do (a second command, a pipe, a substitution) is
refused by its name. Which options are let through is the business of ``checker.command.rules``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checker.errors import SubmissionError
from sandbox import flags, shell_words

FILE = "build.cmd"
"""The name under which a line is handed in."""

KINDS = flags.KINDS
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
        words: How it begins, such as ``docker buildx build``.
        arguments: The rest, quotes taken off.
    """

    text: str
    words: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def kind(self) -> str:
        """``build``, ``bake`` or ``imagetools``."""
        return flags.BEGINNINGS[self.words]

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
    commands = [words for line in joined.splitlines() if (words := _split(line, text))]
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
        return CommandLine(text, beginning, tuple(words[len(beginning) :]))
    raise refused(
        text,
        _shown(words[0]),
        f"It begins with {' '.join(map(_shown, words[:3]))!r}.",
        f"begin with {' '.join(beginning_of(kind))}, and nothing before it",
    )


def beginning_of(kind: str) -> tuple[str, ...]:
    """How a line of that kind begins."""
    return flags.beginnings_of(kind)[0]


def refused(text: str, word: str, what: str, next_step: str) -> SubmissionError:
    """The error for one word of a line, with that line of the file marked as BuildKit does.

    Args:
        text: The whole file.
        word: What is wrong; the first line that has it is marked.
        what: One sentence.
        next_step: What to write instead.
    """
    lines = text.splitlines()
    found = next((n for n, line in enumerate(lines, 1) if word in line), 0)
    marked = [f"{n:4} | {'>>>' if n == found else '   '} {line}" for n, line in enumerate(lines, 1)]
    return SubmissionError("\n".join([what, *marked]), next_step=next_step)


def _split(line: str, text: str) -> list[str]:
    """The words of a line; a dollar sign is left in them only where a variable is named."""
    try:
        return list(shell_words.read_words(line, lambda part: _stands_for(part, text)))
    except shell_words.UnfinishedError as error:
        why = "No closing quotation" if error.is_quote else "No escaped character"
        raise refused(
            text, line.strip()[:20], f"It cannot be read: {why}.", "close the quotes"
        ) from error


def _stands_for(part: shell_words.Part, text: str) -> str:
    if part.kind is shell_words.Kind.SUBSTITUTION:
        raise refused(
            text,
            part.text,
            "A command inside of the command needs a shell, and there is none.",
            "write the value itself, or a variable that the task names",
        )
    if part.kind is shell_words.Kind.OPERATOR:
        raise refused(
            text,
            part.text,
            f"{part.text!r} needs a shell, and there is none.",
            "leave it out, or quote it",
        )
    if part.kind is shell_words.Kind.VARIABLE:
        return f"${{{part.text}}}"
    if part.kind is shell_words.Kind.PARAMETER:
        return part.text
    return part.text.replace("$", _HELD_DOLLAR)


def _released(text: str) -> str:
    return text.replace(_HELD_DOLLAR, "$")


def _shown(word: str) -> str:
    """A word for a message, its variables written as most people write them."""
    return _released(_VARIABLE.sub(lambda match: f"${match[1] or match[2]}", word))
