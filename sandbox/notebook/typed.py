"""A docker command as it is typed in a terminal, read without a shell.

Of a shell's work this does what such commands need: quotes, backslashes, a line that goes
on, ``NAME=value`` in front, ``$NAME`` and ``~``. ``{python}`` values come on top. All else
that a shell has is refused by name, so that nothing means something else than it says.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from IPython.utils.text import FullEvalFormatter

from sandbox.errors import UsageError

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
# Not ${NAME}, which is a variable, and not {{.Name}}, which is a template of docker's own.
_FIELD = re.compile(r"(?<![${])\{([^{}]+)\}(?!\})")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_OPERATOR = re.compile(r"(?:\d?[<>]{1,2}(?:&\d)?|[|&]{1,2}|;)$")
_LITERAL_DOLLAR = "\0"


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line.

    Args:
        variables: What stands in front of it, as ``DOCKER_BUILDKIT=0``.
        argv: ``docker`` first.
    """

    variables: Mapping[str, str]
    argv: tuple[str, ...]


def read_typed(text: str, names: Mapping[str, object], environment: Mapping[str, str]) -> Typed:
    """Read one command; its word ``docker`` may be left out.

    Args:
        text: One line, or several that end in a backslash; lines that begin with # are notes.
        names: Python's, for ``{name}`` and any other expression.
        environment: For ``$NAME``.

    Raises:
        UsageError: It cannot be read, or needs a shell.
    """
    line = _put_values_in(_one_line(text), names)
    try:
        words = shlex.split(_guard_dollars(line))
    except ValueError as error:
        raise UsageError(
            f"The command cannot be split into words: {error}.",
            next_step="close every quote, and end no line with a backslash but one that goes on",
        ) from error
    _refuse_shell(words)
    words = [_finished(word, environment) for word in words]
    variables = dict(_variables(words))
    rest = words[len(variables) :]
    if rest[:1] == ["docker"]:
        rest = rest[1:]
    return Typed(variables, ("docker", *rest))


def _one_line(text: str) -> str:
    notes_left_out = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", "\n".join(notes_left_out)).strip()
    if "\n" in joined:
        raise UsageError(
            "There is more than one command in this cell.",
            next_step="end a line that goes on with a backslash; one cell, one command",
        )
    return joined


def _put_values_in(line: str, names: Mapping[str, object]) -> str:
    formatter = FullEvalFormatter()

    def value(field: re.Match[str]) -> str:
        try:
            return formatter.vformat(field[0], (), dict(names))
        except SyntaxError:
            return field[0]  # no Python, as in awk '{print $1}': stays as it was typed
        except Exception as error:
            raise UsageError(
                f"{field[0]} has no value here: {error}.",
                next_step="run the cell that makes it, or mend the name between the braces",
            ) from error

    return _FIELD.sub(value, line)


def _guard_dollars(line: str) -> str:
    """Mark every $ that a shell would leave alone: between single quotes, behind a backslash."""
    out: list[str] = []
    quote = ""
    characters = iter(line)
    for character in characters:
        if character == "\\" and quote != "'":
            following = next(characters, "")
            out.append(_LITERAL_DOLLAR if following == "$" else character + following)
            continue
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        out.append(_LITERAL_DOLLAR if character == "$" and quote == "'" else character)
    return "".join(out)


def _refuse_shell(words: list[str]) -> None:
    for word in words:
        if _OPERATOR.match(word) or "$(" in word:
            raise UsageError(
                f"{word} is a shell's, and %docker runs one docker command without a shell.",
                next_step="begin the line with `!` in place of `%` to run it in a shell",
            )


def _finished(word: str, environment: Mapping[str, str]) -> str:
    def value(variable: re.Match[str]) -> str:
        name = variable[1] or variable[2]
        if name not in environment:
            raise UsageError(
                f"The variable ${name} is not set.",
                next_step=f"set it with `%env {name}=…`, or write '${name}' in single quotes",
            )
        return environment[name]

    if word.startswith("~/"):
        word = os.path.expanduser(word)
    return _VARIABLE.sub(value, word).replace(_LITERAL_DOLLAR, "$")


def _variables(words: list[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        assigned = _ASSIGNMENT.fullmatch(word)
        if assigned is None:
            return
        yield assigned[1], assigned[2]
