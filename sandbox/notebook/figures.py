"""Registers pictures for the values that a cell may end with.

The values themselves do not depend on the code that draws them. Outside of a notebook they show
as text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.errors import HostError
from sandbox.model.comparison import Comparison
from sandbox.model.llb import Llb
from sandbox.model.prediction import PredictionOutcome
from sandbox.model.summary import Summary
from sandbox.notebook.explorer import Explorer, explore
from sandbox.oci.image import Image
from sandbox.views import (
    Picture,
    comparison_picture,
    llb_graph,
    summary_picture,
    verdict_picture,
)

_DRAWN: dict[type, Callable[[Any], Picture | Explorer]] = {
    Comparison: comparison_picture,
    Image: explore,
    Llb: llb_graph,
    Summary: summary_picture,
    PredictionOutcome: verdict_picture,
}


def draw_figures(shell: Any) -> None:
    """Make an IPython shell draw the values as pictures."""
    for kind, draw in _DRAWN.items():
        _formatter(shell).for_type(kind, _bundle(draw))


def draw_no_figures(shell: Any) -> None:
    """Make an IPython shell show the values as text again."""
    for kind in _DRAWN:
        _formatter(shell).pop(kind, None)


def _bundle(draw: Callable[[Any], Picture | Explorer]) -> Callable[[Any], dict[str, str]]:
    def bundle(value: object) -> dict[str, str]:
        try:
            return draw(value)._repr_mimebundle_()
        except HostError as error:
            # Without Graphviz, the value shows as text, followed by the reason.
            return {"text/plain": f"{value}\n{error.report()}"}

    return bundle


def _formatter(shell: Any) -> Any:
    return shell.display_formatter.mimebundle_formatter
