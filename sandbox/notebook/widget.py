"""The widget that draws a running build; what it draws is in ``static``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

STATIC = Path(__file__).parent / "static"
PARTS = ("store.js", "graph.js", "timeline.js", "log.js", "live.js")
"""Of the one module that a browser is given, in their order."""
VIEW = "application/vnd.jupyter.widget-view+json"


class BuildWidget(anywidget.AnyWidget):
    """One build. Its messages of kind ``logs`` carry new lines; all else is in its traits."""

    _esm = "\n".join((STATIC / part).read_text(encoding="utf-8") for part in PARTS)
    _css = STATIC / "live.css"

    key = traitlets.Unicode(help="Is in the static picture as well, which is known by it.").tag(
        sync=True
    )
    title = traitlets.Unicode(help="The command.").tag(sync=True)
    plan = traitlets.Dict(help="See Plan.message.").tag(sync=True)
    state = traitlets.Dict(help="See live_message.state_message.").tag(sync=True)

    def view(self) -> dict[str, Any]:
        """What a mime bundle says to have it drawn."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
