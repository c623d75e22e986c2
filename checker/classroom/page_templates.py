"""The templates of what is made from the book: pages, and Markdown."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from checker.checks.amounts import amount
from checker.classroom.book_rows import NOT_HANDED_IN
from checker.classroom.markdown_text import fenced, in_markdown
from checker.results import Verdict

PAGES = "pages"
"""The folder of the students' pages in the book."""
_SIGNS = {
    Verdict.PASSED.value: "✓",
    Verdict.FAILED.value: "✗",
    Verdict.BUILD_ERROR.value: "⚒",
    Verdict.TIMEOUT.value: "◷",
    Verdict.OUT_OF_MEMORY.value: "▲",
    Verdict.DISK_FULL.value: "■",
    Verdict.INVALID_SUBMISSION.value: "∅",
    NOT_HANDED_IN: "·",
}


def sign_of(state: str) -> str:
    """A sign for a state, so that colours are not needed; other states are blanks, ``?``."""
    return _SIGNS.get(state, "?")


def render(template: str, **values: object) -> str:
    """A whole page; texts in it are escaped, but in Markdown, whose filters do it."""
    return _environment().get_template(template).render(sign_of=sign_of, **values)


def page_of(key: str) -> str:
    """The page of a student, relative to the book."""
    return f"{PAGES}/{key}.html"


def evidence_of(key: str, slug: str) -> str:
    """The page with the evidence of a student's grade in an exercise, relative to the book."""
    return f"{PAGES}/{key}/{slug}.html"


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
    made.filters["words"] = lambda state: state.replace("_", " ")
    made.filters["size"] = amount
    made.filters["in_markdown"] = in_markdown
    made.filters["fenced"] = fenced
    made.globals.update(page_of=page_of, evidence_of=evidence_of)
    return made
