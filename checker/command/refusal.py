"""The error for a command or a bake file that is not taken, with its line marked."""

from __future__ import annotations

from checker.errors import SubmissionError


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
