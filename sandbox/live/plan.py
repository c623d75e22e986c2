"""The layout of a live view's boxes and arrows, which is made once, before the build begins.

From then on the browser changes colours and texts, and nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.errors import HostError
from sandbox.model.outcome import cached_part
from sandbox.model.stage_graph import Stage, StageGraph
from sandbox.model.vertex import WORK, State
from sandbox.views.arrows import curve
from sandbox.views.layout import Arrow, Drawing, Node, Position, lay_out
from sandbox.views.placement import Placed, place
from sandbox.views.stage_rows import target_of, unnamed_note
from sandbox.wording import printable

_USUAL_LINE = "cancelled 9.99 s"
"""Every box is wide enough for this line, so that it fits every state."""
_WORK = {kind.value.upper() for kind in WORK}
_TRACK_PX = 11
_GAP_PX = 14
_BESIDE_PX, _TALL_PX = 548, 560


@dataclass(frozen=True, slots=True)
class Plan:
    """A layout.

    Args:
        boxes: Stages in the order of the Dockerfile, as JSON for the browser.
        images: Base images, likewise.
        arrows: Likewise.
        width_px: Width of the whole picture.
        height_px: Height of the whole picture.
        note: Why arrows or stages are missing; empty when none are.
    """

    boxes: tuple[dict[str, Any], ...] = ()
    images: tuple[dict[str, Any], ...] = ()
    arrows: tuple[dict[str, Any], ...] = ()
    width_px: float = 0
    height_px: float = 0
    note: str = ""

    def message(self) -> dict[str, Any]:
        """The layout as JSON for the browser."""
        return {
            "boxes": list(self.boxes),
            "images": list(self.images),
            "arrows": list(self.arrows),
            "width": round(self.width_px, 1),
            "height": round(self.height_px, 1),
            "note": self.note,
        }


def lay_out_stages(graph: StageGraph | None, target: str | None) -> Plan:
    """The layout of a Dockerfile's stages; an empty layout if there is no readable Dockerfile."""
    if graph is None or not graph.stages:
        return Plan()
    wanted = target_of(graph, target)
    note = unnamed_note(graph)
    try:
        placed = place(graph, wanted, _lines, below_px=_TRACK_PX, arrange=_beside_timeline)
    except HostError as error:
        placed = place(graph, wanted, _lines, below_px=_TRACK_PX, arrange=_column)
        note = f"{note} {error.message} {error.next_step}".strip()
    if len(placed.stages) < len(graph.stages):
        drawn = f"The first {len(placed.stages)} of {len(graph.stages)} stages are drawn."
        note = f"{note} {drawn}".strip()
    return _plan(placed, note)


def _plan(placed: Placed, note: str) -> Plan:
    return Plan(
        boxes=tuple(
            _box(one.id, one.stage.name, one.label, one.at)
            | {"target": one.is_target, "platform": one.stage.platform or ""}
            | {"named": one.stage.named}
            for one in placed.stages
        ),
        images=tuple(_box(one.id, one.name, one.label, one.at) for one in placed.images),
        arrows=tuple(
            {
                "d": f"{curve(one.path)} L{one.path.tip[0]:.1f} {one.path.tip[1]:.1f}",
                "kind": one.edge.kind.name.lower(),
                "faint": one.from_image,
            }
            for one in placed.edges
        ),
        width_px=placed.width_px,
        height_px=placed.height_px,
        note=note,
    )


def _lines(stage: Stage) -> tuple[str]:
    """The widest text of a box."""
    # A build for several platforms runs each instruction several times.
    count = 2 * sum(instruction.keyword in _WORK for instruction in stage.instructions)
    part = cached_part(count - 1, count)
    return (f"{State.RAN} 9.99 s, {part}" if part else _USUAL_LINE,)


def _beside_timeline(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Drawing:
    """Lay out from left to right, or downwards if that leaves room for the timeline beside it."""
    drawing = lay_out(nodes, arrows)
    if drawing.width_px <= _BESIDE_PX:
        return drawing
    other = lay_out(nodes, arrows, downwards=True)
    is_better = other.width_px <= _BESIDE_PX and other.height_px <= _TALL_PX
    return other if is_better else drawing


def _column(nodes: Sequence[Node], _: Sequence[Arrow]) -> Drawing:
    """Lay out without Graphviz: each box below the one before, without arrows."""
    places: dict[str, Position] = {}
    y = 0.0
    for node in nodes:
        places[node.name] = Position(0, y, node.width_px, node.height_px)
        y += node.height_px + _GAP_PX
    return Drawing(max(node.width_px for node in nodes), y, places, ())


def _box(identity: str, name: str, label: str, at: Position) -> dict[str, Any]:
    return {
        "id": identity,
        "name": printable(name),
        "label": label,
        "x": round(at.x, 1),
        "y": round(at.y, 1),
        "width": round(at.width, 1),
        "height": round(at.height, 1),
    }
