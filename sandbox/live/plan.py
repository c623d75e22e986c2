"""Where the boxes and arrows of a live view go: laid out once, before the build begins.

From then on the browser changes colours and texts, and nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.errors import HostError
from sandbox.model.stage_graph import EdgeKind, StageGraph
from sandbox.views import style
from sandbox.views.layout import Arrow, Drawing, Node, Path, Position, lay_out
from sandbox.wording import printable

MOST_STAGES = 120
"""More can be neither laid out in a second nor read."""
_LEAST_WIDTH_PX, _MOST_WIDTH_PX, _HEIGHT_PX = 150, 230, 62
_IMAGE_HEIGHT_PX = 30
_GAP_PX = 14
_BESIDE_PX, _TALL_PX = 540, 560
_KINDS = {EdgeKind.FROM: "from", EdgeKind.COPY: "copy", EdgeKind.MOUNT: "mount"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A layout.

    Args:
        boxes: Stages in the order of the Dockerfile, as the browser takes them.
        images: Base images, likewise.
        arrows: Likewise.
        width_px: Of all together.
        height_px: Of all together.
        note: Why there are no arrows, empty when there are.
    """

    boxes: tuple[dict[str, Any], ...] = ()
    images: tuple[dict[str, Any], ...] = ()
    arrows: tuple[dict[str, Any], ...] = ()
    width_px: float = 0
    height_px: float = 0
    note: str = ""

    def message(self) -> dict[str, Any]:
        """As the browser takes it."""
        return {
            "boxes": list(self.boxes),
            "images": list(self.images),
            "arrows": list(self.arrows),
            "width": round(self.width_px, 1),
            "height": round(self.height_px, 1),
            "note": self.note,
        }


def lay_out_stages(graph: StageGraph | None, target: str | None) -> Plan:
    """The layout of a Dockerfile's stages; an empty one when there is no Dockerfile to read."""
    if graph is None or not graph.stages:
        return Plan()
    stages = graph.stages[:MOST_STAGES]
    ids = {stage.name: f"s{stage.index}" for stage in stages}
    ids |= {image: f"i{n}" for n, image in enumerate(graph.images) if image not in ids}
    edges = [edge for edge in graph.edges if {edge.source, edge.target} <= ids.keys()]
    images = [i for i in graph.images if any(edge.source == i for edge in edges)]
    nodes = [Node(ids[stage.name], _width_px(stage.name), _HEIGHT_PX) for stage in stages]
    nodes += [Node(ids[image], _image_width_px(image), _IMAGE_HEIGHT_PX) for image in images]
    note = ""
    try:
        drawing = _drawing(nodes, [Arrow(ids[edge.source], ids[edge.target]) for edge in edges])
    except HostError as error:
        drawing, edges, note = _column(nodes), [], f"{error.message} {error.next_step}"
    wanted = _target(graph, target)
    if len(stages) < len(graph.stages):
        note = f"{note} The first {len(stages)} of {len(graph.stages)} stages are drawn.".strip()
    return Plan(
        boxes=tuple(
            _box(ids[stage.name], stage.name, drawing.places[ids[stage.name]])
            | {
                "label": style.fit(printable(stage.name), _MOST_WIDTH_PX - 30, 14, bold=True),
                "target": stage.name == wanted,
                "platform": stage.platform or "",
            }
            for stage in stages
        ),
        images=tuple(
            _box(ids[image], image, drawing.places[ids[image]])
            | {"label": style.fit_end(printable(image), _MOST_WIDTH_PX - 44, 11.5)}
            for image in images
        ),
        arrows=tuple(
            {"d": _curve(path), "kind": _KINDS[edge.kind], "faint": edge.source in images}
            for edge, path in zip(edges, drawing.paths, strict=True)
        ),
        width_px=drawing.width_px,
        height_px=drawing.height_px,
        note=note,
    )


def _drawing(nodes: list[Node], arrows: list[Arrow]) -> Drawing:
    """From left to right, or downwards where that leaves room for the timeline beside it."""
    drawing = lay_out(nodes, arrows)
    if drawing.width_px <= _BESIDE_PX:
        return drawing
    other = lay_out(nodes, arrows, downwards=True)
    is_better = other.width_px <= _BESIDE_PX and other.height_px <= _TALL_PX
    return other if is_better else drawing


def _box(identity: str, name: str, place: Position) -> dict[str, Any]:
    return {
        "id": identity,
        "name": printable(name),
        "x": round(place.x, 1),
        "y": round(place.y, 1),
        "width": round(place.width, 1),
        "height": round(place.height, 1),
    }


def _curve(path: Path) -> str:
    (x, y), *points = path.points
    curve = " ".join(f"{px:.1f} {py:.1f}" for px, py in points)
    return f"M{x:.1f} {y:.1f} C{curve} L{path.tip[0]:.1f} {path.tip[1]:.1f}"


def _column(nodes: list[Node]) -> Drawing:
    """Without Graphviz: one box below the other, no arrows."""
    places: dict[str, Position] = {}
    y = 0.0
    for node in nodes:
        places[node.name] = Position(0, y, node.width_px, node.height_px)
        y += node.height_px + _GAP_PX
    return Drawing(max(node.width_px for node in nodes), y, places, ())


def _width_px(name: str) -> float:
    wide = style.width_px(name, 14, bold=True) + 30
    return min(max(wide, _LEAST_WIDTH_PX), _MOST_WIDTH_PX)


def _image_width_px(image: str) -> float:
    return min(style.width_px(printable(image), 11.5) + 46, _MOST_WIDTH_PX)


def _target(graph: StageGraph, target: str | None) -> str | None:
    try:
        return graph.stage(target).name if target is not None else graph.stages[-1].name
    except KeyError:
        return None
