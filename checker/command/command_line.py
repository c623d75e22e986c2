"""One docker command that is handed in: read word by word, and never given to a shell.

``read_line`` reads what a shell would read of it: quotes, a backslash at a line's end,
comments, ``$NAME``. What only a shell can do (a second command, a pipe, a substitution) is
refused by its name. Which options are let through is the business of ``checker.command.rules``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checker.errors import SubmissionError

FILE = "build.cmd"
"""The name under which a line is handed in."""

BEGINNINGS: Mapping[tuple[str, ...], str] = {
    ("docker", "buildx", "build"): "build",
    ("docker", "buildx", "b"): "build",
    ("docker", "build"): "build",
    ("docker", "buildx", "bake"): "bake",
    ("docker", "buildx", "f"): "bake",
    ("docker", "buildx", "imagetools", "inspect"): "imagetools",
}
"""How a line may begin, and which kind of line it is then."""
KINDS = tuple(dict.fromkeys(BEGINNINGS.values()))

# A shell replaces nothing between single quotes, nor behind a backslash.
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.", re.DOTALL)
# Stand for characters that mean themselves.
_HELD = str.maketrans({"$": "\ue000", "`": "\ue001", "#": "\ue002"})
_RELEASED = str.maketrans({"\ue000": "$", "\ue001": "`", "\ue002": "#"})
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_COMMENT_LINE = re.compile(r"^[ \t]*#.*", re.MULTILINE)
_COMMENT = re.compile(r"(?<!\S)#.*")
_PUNCTUATION = re.compile(r"[();<>|&]+")


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
        return BEGINNINGS[self.words]

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
    held = _COMMENT.sub("", _QUOTED.sub(_hold, joined))
    for shells_own in ("$(", "`"):
        if shells_own in held:
            raise refused(
                text,
                shells_own,
                "A command inside of the command needs a shell, and there is none.",
                "write the value itself, or a variable that the task names",
            )
    commands = [words for line in held.splitlines() if (words := _split(line, text))]
    if not commands:
        raise SubmissionError(
            "There is no command in it.", next_step="write one line that begins with docker buildx"
        )
    if len(commands) > 1:
        raise refused(
            text,
            commands[1][0],
            f"There are {len(commands)} commands, and one is taken.",
            "end a line that goes on below with a backslash, and leave the others out",
        )
    words = commands[0]
    for beginning in sorted(BEGINNINGS, key=len, reverse=True):
        if tuple(words[: len(beginning)]) == beginning:
            return CommandLine(text, beginning, tuple(words[len(beginning) :]))
    raise refused(
        text,
        words[0],
        f"It begins with {' '.join(map(_released, words[:3]))!r}.",
        f"begin with {' '.join(beginning_of(kind))}, and nothing before it",
    )


def beginning_of(kind: str) -> tuple[str, ...]:
    """How a line of that kind begins."""
    return next(words for words, of in BEGINNINGS.items() if of == kind)


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


def _hold(match: re.Match[str]) -> str:
    if match[0].startswith('"'):
        return re.sub(r"\\([$`])|#", lambda m: _held(m[1] or m[0]), match[0])
    return _held(match[0].removeprefix("\\") if match[0] in ("\\$", "\\`") else match[0])


def _held(text: str) -> str:
    return text.translate(_HELD)


def _released(text: str) -> str:
    return text.translate(_RELEASED)


def _split(line: str, text: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise refused(
            text, line.strip()[:20], f"It cannot be read: {error}.", "close the quotes"
        ) from error
    for word in words:
        if _PUNCTUATION.fullmatch(word):
            raise refused(
                text,
                word,
                f"{word!r} needs a shell, and there is none.",
                "leave it out, or quote it",
            )
    return words
