"""The templates of what is made from the book: pages, and Markdown."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from checker.classroom.markdown_text import fenced, in_markdown


def render(template: str, **values: object) -> str:
    """A whole page; texts in it are escaped, but in Markdown, whose filters do it."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    folder = files("checker.classroom") / "templates"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    made = Environment(
        loader=DictLoader(texts),
        autoescape=select_autoescape(disabled_extensions=("md",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["in_markdown"] = in_markdown
    made.filters["fenced"] = fenced
    return made
