"""The templates of the book's pages, and how pages are written."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined

from checker.checks.amounts import amount
from checker.classroom.book_rows import NOT_HANDED_IN
from checker.results import Verdict
from sandbox import atomic

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
    """A whole page; texts in it are escaped."""
    return _environment().get_template(template).render(sign_of=sign_of, **values)


def write_changed(path: Path, text: str) -> None:
    """Write a page, unless the same is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        atomic.write_text(path, text)


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
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["words"] = lambda state: state.replace("_", " ")
    made.filters["size"] = amount
    made.globals.update(page_of=page_of, evidence_of=evidence_of)
    return made
