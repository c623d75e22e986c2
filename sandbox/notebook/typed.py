"""A docker command as it is typed in a terminal, read without a shell.

This module handles the shell syntax that such commands need: quotes, backslashes, continued lines,
``NAME=value`` before the command, ``$NAME`` and ``~``. It also replaces ``{python}`` values. It
refuses all other shell syntax that is not quoted (pipes, redirections, several commands, ``$(…)``,
``*``, comments at the end of a line), and names it, so that no command means something else than in
a shell.

Source: POSIX, Shell Command Language, 2.2 Quoting and 2.6 Word Expansions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from IPython.utils.text import FullEvalFormatter

from sandbox.errors import UsageError
from sandbox.parse.shell_words import Kind, UnfinishedError, WordPart, read_words

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
# Not ${NAME}, which is a variable, and not {{.Name}}, which is a template of docker's own.
_FIELD = re.compile(r"(?<![${])\{([^{}]+)\}(?!\})")
_SHELLS_OWN = (Kind.OPERATOR, Kind.PATTERN, Kind.SUBSTITUTION, Kind.PARAMETER)
# Variables that a part of the sandbox sets, and how to have them set.
_SET_BY = {
    "SSH_AUTH_SOCK": "start an ssh-agent: run the cell with `agent.start()` again, or "
    "`agent = Sandbox().git.agent()` and `agent.start()`",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line.

    Args:
        variables: Assignments before the command, as ``DOCKER_BUILDKIT=0``.
        argv: ``docker`` first.
    """

    variables: Mapping[str, str]
    argv: tuple[str, ...]


def read_typed(text: str, names: Mapping[str, object], environment: Mapping[str, str]) -> Typed:
    """Read one command; its word ``docker`` may be left out.

    Args:
        text: One line, or several that end in a backslash; lines that begin with # are comments.
        names: Python's variables, for ``{name}`` and any other expression.
        environment: The values for ``$NAME``.

    Raises:
        UsageError: The command cannot be read, or needs a shell.
    """
    words = list(_words(_put_values_in(_one_line(text), names), environment))
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
            return field[0]  # not Python, as in awk '{print $1}': stays as it was typed
        except Exception as error:
            raise UsageError(
                f"{field[0]} has no value here: {error}.",
                next_step="run the cell that makes it, or correct the name between the braces",
            ) from error

    return _FIELD.sub(value, line)


def _words(line: str, environment: Mapping[str, str]) -> Iterator[str]:
    try:
        yield from read_words(line, lambda part: _stands_for(part, environment))
    except UnfinishedError as error:
        why = "a quote is not closed" if error.is_quote else "a \\ ends it"
        raise UsageError(
            f"The command cannot be split into words: {why}.",
            next_step="close every quote, and end a line with a backslash only to continue it",
        ) from error


def _stands_for(part: WordPart, environment: Mapping[str, str]) -> str:
    """The text that a shell would put in place of one part of a word."""
    if part.kind in _SHELLS_OWN:
        raise UsageError(
            f"{part.text} is shell syntax, but %docker runs one docker command without a shell.",
            next_step="put single quotes around it to use it literally, "
            "or begin the line with `!` in place of `%` to run it in a shell",
        )
    if part.kind is Kind.COMMENT:
        raise UsageError(
            "A comment (#) ends the command.",
            next_step="write it on a line of its own, above the command",
        )
    if part.kind is Kind.HOME:
        return os.path.expanduser(part.text)
    if part.kind is Kind.VARIABLE:
        name = part.text
        if name not in environment:
            raise UsageError(
                f"The variable ${name} is not set.",
                next_step=_SET_BY.get(
                    name, f"set it with `%env {name}=…`, or write '${name}' in single quotes"
                ),
            )
        return environment[name]
    return part.text


def _variables(words: list[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        assigned = _ASSIGNMENT.fullmatch(word)
        if assigned is None:
            return
        yield assigned[1], assigned[2]
