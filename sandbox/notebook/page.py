"""A notebook as one HTML page that needs no script and no network.

nbconvert makes the page with the lab's template (``templates/lesson``), which extends nbconvert's
template for JupyterLab. Cells with the tag HIDDEN are left out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbconvert.preprocessors import HighlightMagicsPreprocessor, TagRemovePreprocessor
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

HIDDEN = "remove-cell"
"""The tag of cells that run but are not shown."""
TEMPLATES = Path(str(files("sandbox.notebook"))) / "templates"
_VIEW = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
"""The media types that a page without scripts can show, the best first."""
_LIGHT, _DARK = "default", "github-dark"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page, with its title."""

    href: str
    title: str


@dataclass(frozen=True, slots=True)
class PagePlace:
    """A page's neighbours in a site.

    Args:
        index: The page that lists all other pages.
        previous: The previous page; None: this is the first page.
        next: The next page; None: this is the last page.
        files: The page that shows the files of this lesson; None: the lesson has no files.
    """

    index: str
    previous: Link | None = None
    next: Link | None = None
    files: str | None = None


def to_html(
    notebook: NotebookNode,
    title: str,
    *,
    place: PagePlace | None = None,
    resolve: Callable[[str], str | None] = lambda href: href,
) -> str:
    """The notebook as an HTML page, with widgets in their last saved state.

    Args:
        notebook: The notebook.
        title: The page's title.
        place: The neighbours to link to; None: the page is not part of a site.
        resolve: Maps the target of a link in the text to its target on the page; None: replace
            the link by its text.
    """
    page = copy.deepcopy(notebook)
    _draw_widgets(page)
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="lesson",
        extra_template_basedirs=[str(TEMPLATES)],
        config=Config(
            HTMLExporter={"exclude_input_prompt": True, "exclude_output_prompt": True},
            NbConvertBase={"display_data_priority": list(_SHOWN)},
        ),
    )
    for preprocessor in (
        TagRemovePreprocessor(remove_cell_tags={HIDDEN}),  # type: ignore[no-untyped-call]
        HighlightMagicsPreprocessor(languages={"%%docker": "bash"}),  # type: ignore[no-untyped-call]
    ):
        exporter.register_preprocessor(preprocessor, enabled=True)
    about = {"title": title, "place": place, "highlighting": _highlighting()}
    html, _ = exporter.from_notebook_node(page, {"page": about})
    return _with_links(str(html), resolve)


def _with_links(html: str, resolve: Callable[[str], str | None]) -> str:
    soup = BeautifulSoup(html, "html.parser")
    for link in soup.select(".jp-MarkdownCell a[href]"):
        href = resolve(str(link["href"]))
        if href is None:
            link.unwrap()
        else:
            link["href"] = href
    return str(soup)


def _highlighting() -> str:
    """The CSS rules for highlighted code, in light and in dark."""
    light, dark = (
        HtmlFormatter(style=style).get_style_defs(".highlight")  # type: ignore[no-untyped-call]
        for style in (_LIGHT, _DARK)
    )
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _draw_widgets(page: NotebookNode) -> None:
    """Replace each widget output of a known kind by HTML of the widget's last state."""
    models = page.metadata.get("widgets", {}).get(_STATE, {}).get("state", {})
    for cell in page.cells:
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).get(_VIEW)
            drawn = _drawn(view["model_id"], models) if view else None
            if drawn is not None:
                output.data = {"text/html": drawn}


def _drawn(model_id: str, models: dict[str, Any]) -> str | None:
    """A widget's last state as HTML; None: the kind of the widget is unknown.

    Source: Jupyter widgets, model state, 2.0.0.
    """
    model = models.get(model_id.removeprefix("IPY_MODEL_"), {})
    state = model.get("state", {})
    if not str(state.get("_anywidget_id", "")).endswith(".QuestionWidget"):
        return None
    kind = "checkbox" if state["several"] else "radio"
    return _choices(
        kind, [(label, n in state["chosen"]) for n, label in enumerate(state["options"])]
    )


def _choices(kind: str, options: list[tuple[str, bool]]) -> str:
    items = (
        f'<li><label><input type="{kind}" disabled{" checked" if chosen else ""}> '
        f"{escape(label)}</label></li>"
        for label, chosen in options
    )
    return f'<ul class="choices">{"".join(items)}</ul>'
