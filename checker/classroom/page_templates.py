"""The templates of pages and of Markdown, and the filters that make hostile text harmless there."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, Template, select_autoescape

_MARKED = re.compile(r"[\\`*_\[\]<>#|&~!]")
"""What means something in a line of Markdown. Source: CommonMark and GitHub's tables."""


def template(name: str) -> Template:
    """A template. In ``.html``, values are escaped; in ``.md``, the filters do it."""
    return _environment().get_template(name)


def in_markdown(text: object) -> str:
    """The text on one line, to be read in Markdown as it is."""
    return _MARKED.sub(r"\\\g<0>", " ".join(str(text).split()))


def fenced(text: str) -> str:
    """The text as a code block of Markdown that nothing in the text ends."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


@cache
def _environment() -> Environment:
    folder = files("checker.classroom") / "templates"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    environment = Environment(
        loader=DictLoader(texts),
        autoescape=select_autoescape(disabled_extensions=("md",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"in_markdown": in_markdown, "fenced": fenced}
    return environment
