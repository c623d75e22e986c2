"""The editor as a widget; the JavaScript and CSS that draw it are in ``static``."""

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
    """An editor for one text or several, with buttons.

    The message about a pressed button contains the texts. Texts in a trait could be outdated: while
    the kernel is busy, the browser holds back changes of traits, but not messages.
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
        """Let each press of a button call the desk."""

        def pressed(_: object, content: dict[str, Any], _buffers: object) -> None:
            texts = content.get("texts")
            # If a text were missing, the desk would take its file for an empty file.
            if isinstance(texts, dict) and set(texts) == set(self.names):
                told = {str(name): str(text) for name, text in texts.items()}
                desk.act(str(content.get("action", "")), told)

        self.on_msg(pressed)

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

    def load(self, texts: Texts) -> None:
        """Replace the texts, also in the browser."""
        self.texts = dict(texts)
        self.loaded = {"number": int(self.loaded.get("number", 0)) + 1, "texts": dict(texts)}

    def view(self) -> dict[str, Any]:
        """The entry of a mime bundle that makes the front end draw the widget."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
