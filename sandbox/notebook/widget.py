"""The widgets: a running build, and a question; their JavaScript and CSS are in ``static``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from sandbox.views.browser_look import browser_constants, browser_css

STATIC = Path(__file__).parent / "static"
SAVED_PICTURES = Path(__file__).parent / "jupyter" / "custom" / "custom.css"
"""Which colours a saved picture has in which theme, for a JupyterLab other than ``make lab``'s."""
PARTS = ("store.js", "graph.js", "timeline.js", "log.js", "failure.js", "live.js")
"""The parts of the one JavaScript module that a browser loads, in order."""
VIEW = "application/vnd.jupyter.widget-view+json"


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


class BuildWidget(anywidget.AnyWidget):
    """One build. Its messages carry new lines of logs; everything else is in its traits."""

    _esm = "\n".join((browser_constants(), *(_read(part) for part in PARTS)))
    _css = "\n".join((browser_css(), _read("live.css"), SAVED_PICTURES.read_text(encoding="utf-8")))

    key = traitlets.Unicode(help="Is in the static picture as well, and identifies it.").tag(
        sync=True
    )
    title = traitlets.Unicode(help="The command.").tag(sync=True)
    plan = traitlets.Dict(help="See Plan.message.").tag(sync=True)
    state = traitlets.Dict(help="See message.state_message.").tag(sync=True)

    def view(self) -> dict[str, Any]:
        """The entry of a mime bundle that makes a front end draw the widget."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}


class QuestionWidget(anywidget.AnyWidget):
    """The options of a question, to be ticked."""

    _esm = _read("quiz.js")
    _css = _read("quiz.css")

    question = traitlets.Unicode(help="Read out by a screen reader.").tag(sync=True)
    options = traitlets.List(traitlets.Unicode(), help="In order.").tag(sync=True)
    several = traitlets.Bool(help="Whether more than one may be ticked.").tag(sync=True)
    chosen = traitlets.List(traitlets.Int(), help="Numbers of what is ticked.").tag(sync=True)
    judged = traitlets.Bool(help="Whether the answer can no longer be changed.").tag(sync=True)
