"""The editor as a widget: what the browser draws of it is in ``static``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from checker.notebook.desk import Desk, Shown
from checker.notebook.draft import Texts

STATIC = Path(__file__).parent / "static"
VIEW = "application/vnd.jupyter.widget-view+json"


class EditorWidget(anywidget.AnyWidget):
    """One text or several, and their buttons.

    A press of a button carries the texts with it. Texts that came by a trait could be behind:
    the browser holds back changes of traits while the kernel is busy, and presses it does not.
    """

    _esm = STATIC / "editor.js"
    _css = STATIC / "editor.css"

    title = traitlets.Unicode(help="Names the exercise.").tag(sync=True)
    path = traitlets.Unicode(help="Where it is saved.").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="Of the files, in order.").tag(sync=True)
    texts = traitlets.Dict(help="By name, as the browser has them; for a second view.").tag(
        sync=True
    )
    loaded = traitlets.Dict(help="Texts that replace the browser's, and their number.").tag(
        sync=True
    )
    shown = traitlets.Dict(help="See desk.Shown; with a number, so that each one is new.").tag(
        sync=True
    )

    def bind(self, desk: Desk) -> None:
        """Lead presses of buttons to the desk."""

        def pressed(_: object, content: dict[str, Any], _buffers: object) -> None:
            texts = content.get("texts")
            # With a text left out, its file would be taken for emptied.
            if isinstance(texts, dict) and set(texts) == set(self.names):
                told = {str(name): str(text) for name, text in texts.items()}
                desk.act(str(content.get("action", "")), told)

        self.on_msg(pressed)

    def show(self, shown: Shown) -> None:
        """Show it below the text."""
        picture = shown.picture
        self.shown = {
            "number": int(self.shown.get("number", 0)) + 1,
            "phase": shown.phase,
            "headline": shown.headline,
            "report": shown.report,
            "svg": picture.svg if picture else "",
            "told": picture.text if picture else "",
        }

    def load(self, texts: Texts) -> None:
        """Replace the texts, also in the browser."""
        self.texts = dict(texts)
        self.loaded = {"number": int(self.loaded.get("number", 0)) + 1, "texts": dict(texts)}

    def view(self) -> dict[str, Any]:
        """The entry of a mime bundle that makes the front end draw the widget."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
