"""An exercise's task, hints and solution as HTML, for the editor."""

from __future__ import annotations

from pathlib import Path

import mistune


def task_html(path: Path) -> str:
    """The text as HTML; HTML in the text itself is shown as text. Empty if there is no text.

    Args:
        path: A file in Markdown.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return as_html(text)


def as_html(text: str) -> str:
    """A text in Markdown as HTML; HTML in the text itself is shown as text."""
    markdown = mistune.create_markdown(escape=True, plugins=["table"])
    return str(markdown(text))
