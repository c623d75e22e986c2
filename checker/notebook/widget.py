"""The editor as a widget; the JavaScript and CSS that draw it are in ``static``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from checker.notebook.desk import Desk, Shown
from checker.notebook.draft import Texts
from sandbox import browser_css

STATIC = Path(__file__).parent / "static"
VIEW = "application/vnd.jupyter.widget-view+json"


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


class EditorWidget(anywidget.AnyWidget):
    """An editor for one text or several, with buttons.

    The message about a pressed button contains the texts. Texts in a trait could be outdated: while
    the kernel is busy, the browser holds back changes of traits, but not messages.
    """

    # One file, since a widget's JavaScript can import nothing that lies beside it.
    _esm = "\n".join(_read(part) for part in ("codemirror.js", "area.js", "editor.js"))
    _css = "\n".join((browser_css(), _read("editor.css")))

    title = traitlets.Unicode(help="Names the exercise.").tag(sync=True)
    path = traitlets.Unicode(help="Where it is saved.").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="Of the files, in order.").tag(sync=True)
    others = traitlets.Dict(help="Texts by name of the files that only the course changes.").tag(
        sync=True
    )
    texts = traitlets.Dict(help="By name, as the browser has them; for a second view.").tag(
        sync=True
    )
    loaded = traitlets.Dict(help="Texts that replace the browser's, and their number.").tag(
        sync=True
    )
    shown = traitlets.Dict(help="See desk.Shown; with a number, so that each one is new.").tag(
        sync=True
    )
    task = traitlets.Unicode(help="The task, as HTML.").tag(sync=True)
    aside = traitlets.Dict(help="Title and HTML of a hint or a solution, and a number.").tag(
        sync=True
    )
    opened = traitlets.Int(help="How many exercises have been opened in this place.").tag(sync=True)

    def lay_out(self, *, title: str, path: str, texts: Texts, others: Texts, task: str) -> None:
        """Show an exercise, in the place of the one before."""
        with self.hold_sync():
            self.title, self.path, self.task = title, path, task
            self.names, self.texts, self.others = list(texts), dict(texts), dict(others)
            self.loaded, self.shown, self.aside = {}, {}, {}
            self.opened += 1

    def __init__(self) -> None:
        super().__init__()
        self._desk: Desk | None = None
        self.on_msg(self._pressed)

    def bind(self, desk: Desk) -> None:
        """Let each press of a button call this desk from now on."""
        self._desk = desk

    def _pressed(self, _: object, content: dict[str, Any], _buffers: object) -> None:
        texts = content.get("texts")
        # If a text were missing, the desk would take its file for an empty file.
        if self._desk is not None and isinstance(texts, dict) and set(texts) == set(self.names):
            told = {str(name): str(text) for name, text in texts.items()}
            self._desk.act(str(content.get("action", "")), told)

    def show(self, shown: Shown) -> None:
        """Show the state and the results below the text."""
        picture = shown.picture
        self.shown = {
            "number": int(self.shown.get("number", 0)) + 1,
            "phase": shown.phase,
            "headline": shown.headline,
            "report": shown.report,
            "svg": picture.svg if picture else "",
            "told": picture.text if picture else "",
        }

    def tell(self, title: str, text: str, *, is_last: bool = False) -> None:
        """Show a text in Markdown beside the verdict."""
        from checker.notebook.task import as_html  # noqa: PLC0415  # only an open editor needs it

        number = int(self.aside.get("number", 0)) + 1
        self.aside = {"number": number, "title": title, "html": as_html(text), "is_last": is_last}

    def load(self, texts: Texts) -> None:
        """Replace the texts, also in the browser."""
        self.texts = dict(texts)
        self.loaded = {"number": int(self.loaded.get("number", 0)) + 1, "texts": dict(texts)}

    def view(self) -> dict[str, Any]:
        """The entry of a mime bundle that makes the front end draw the widget."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
