"""What of a shell's work is done for a command that is handed in, and what is refused.

Quotes and comments are read; ``$NAME`` is left for ``CommandLine.expanded``. Patterns and ``~``
mean themselves, for docker has a use for neither.
"""

from __future__ import annotations

from collections.abc import Callable

from checker.command.refusal import refused
from sandbox import shell_words


def split(line: str, text: str, hold: Callable[[str], str]) -> list[str]:
    """The words of one line, with ``${NAME}`` in them where a variable is named.

    Args:
        line: The line.
        text: The whole file, for messages.
        hold: Given text that means itself; marks its dollar signs as no variable's.

    Raises:
        SubmissionError: It needs a shell, or ends inside of a quote. The line is marked.
    """
    try:
        return list(shell_words.read_words(line, lambda part: _stands_for(part, text, hold)))
    except shell_words.UnfinishedError as error:
        why = "No closing quotation" if error.is_quote else "No escaped character"
        raise refused(
            text, line.strip()[:20], f"It cannot be read: {why}.", "close the quotes"
        ) from error


def _stands_for(part: shell_words.WordPart, text: str, hold: Callable[[str], str]) -> str:
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
    return hold(part.text)
