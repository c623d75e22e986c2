"""The error for a refused command or bake file, with the faulty line marked."""

from __future__ import annotations

from checker.errors import SubmissionError


def refused(text: str, word: str, what: str, next_step: str) -> SubmissionError:
    """The error for one word of a line, with that line of the file marked as BuildKit does.

    Args:
        text: The whole file.
        word: The faulty word; the first line that contains it is marked.
        what: The fault, in one sentence.
        next_step: The correction to write instead.
    """
    if word not in text:
        # The word has a variable's value, where the file has the variable's name.
        word = word.partition("=")[0]
    lines = text.splitlines()
    found = next((n for n, line in enumerate(lines, 1) if word in line), 0)
    marked = [f"{n:4} | {'>>>' if n == found else '   '} {line}" for n, line in enumerate(lines, 1)]
    return SubmissionError("\n".join([what, *marked]), next_step=next_step)
