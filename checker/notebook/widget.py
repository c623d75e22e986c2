"""The editor as a widget: what the browser draws of it is in ``static``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from checker.notebook.desk import Desk, Shown

STATIC = Path(__file__).parent / "static"
VIEW = "application/vnd.jupyter.widget-view+json"


class EditorWidget(anywidget.AnyWidget):
    """A text and its buttons.

    A press of a button carries the text with it. A text that came by a trait could be behind:
    the browser holds back changes of traits while the kernel is busy, and presses it does not.
    """

    _esm = STATIC / "editor.js"
    _css = STATIC / "editor.css"

    title = traitlets.Unicode(help="Names the text.").tag(sync=True)
    path = traitlets.Unicode(help="Where it is saved.").tag(sync=True)
    text = traitlets.Unicode(help="As the browser has it; for a second view of it.").tag(sync=True)
    loaded = traitlets.Dict(help="A text that replaces the browser's, and its number.").tag(
        sync=True
    )
    shown = traitlets.Dict(help="See desk.Shown; with a number, so that each one is new.").tag(
        sync=True
    )

    def bind(self, desk: Desk) -> None:
        """Lead presses of buttons to the desk."""

        def pressed(_: object, content: dict[str, Any], _buffers: object) -> None:
            desk.act(str(content.get("action", "")), str(content.get("text", "")))

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

    def load(self, text: str) -> None:
        """Replace the text, also in the browser."""
        self.text = text
        self.loaded = {"number": int(self.loaded.get("number", 0)) + 1, "text": text}

    def view(self) -> dict[str, Any]:
        """What a mime bundle says to have it drawn."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
