"""Hostile text in Markdown: it is shown as it is, without markup, code or HTML.

What some viewers make of bare text is left to them: GitHub links a bare address and `@name`, and
shows `$x$` as a formula.
"""

from __future__ import annotations

import re

_MARKED = re.compile(r"[\\`*_\[\]<>#|&~!]")
"""What means something within a line. Source: CommonMark, and GitHub's tables."""


def in_markdown(text: object) -> str:
    """The text on one line; it must not stand at the beginning of one."""
    return _MARKED.sub(r"\\\g<0>", " ".join(str(text).split()))


def fenced(text: str) -> str:
    """The text as a code block, which nothing in the text ends."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
