"""Splits a submitted command into words, and refuses syntax that needs a shell.

Quotes and comments are read; ``CommandLine.expanded`` replaces ``$NAME`` later. Patterns and ``~``
are kept as plain text, because docker uses neither.
"""

from __future__ import annotations

from collections.abc import Callable

from checker.command.refusal import refused
from sandbox import shell_words


def split(line: str, text: str, hold: Callable[[str], str]) -> list[str]:
    """The words of one line; each variable is written as ``${NAME}``.

    Args:
        line: The line.
        text: The whole file, for messages.
        hold: Takes literal text, and returns it with its dollar signs protected from expansion.

    Raises:
        SubmissionError: The line needs a shell, or ends inside a quote. The message marks it.
    """
    try:
        return list(shell_words.read_words(line, lambda part: _stands_for(part, text, hold)))
    except shell_words.UnfinishedError as error:
        why = "a quote is not closed" if error.is_quote else "a backslash ends it"
        next_step = "close the quotes" if error.is_quote else "delete the backslash"
        raise refused(
            text, line.strip()[:20], f"The command cannot be read: {why}.", next_step
        ) from error


def _stands_for(part: shell_words.WordPart, text: str, hold: Callable[[str], str]) -> str:
    if part.kind is shell_words.Kind.SUBSTITUTION:
        raise refused(
            text,
            part.text,
            "A command inside the command needs a shell; the checker runs none.",
            "write the value itself, or a variable that the task names",
        )
    if part.kind is shell_words.Kind.OPERATOR:
        raise refused(
            text,
            part.text,
            f"{part.text!r} needs a shell; the checker runs none.",
            "remove it, or put it in quotes",
        )
    if part.kind is shell_words.Kind.VARIABLE:
        return f"${{{part.text}}}"
    if part.kind is shell_words.Kind.PARAMETER:
        return part.text
    return hold(part.text)
