"""Places the stages of a Dockerfile: the same way for the live view and for the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.model.stage_graph import Edge, Stage, StageGraph
from sandbox.views import style
from sandbox.views.layout import Arrow, Drawing, Node, Path, Position, lay_out
from sandbox.wording import printable

MOST_STAGES = 120
"""The most stages to place: more stages take longer than a second, and cannot be read."""
RING_PX = 4
"""The gap between the box of the target and the ring around the box."""
NAME_SIZE_PX, TEXT_SIZE_PX = 14, 11.5
LEFT_PX, SIGN_PX = 15, 18
"""The left margin of the text in a box, and the width of the sign before a line."""
IMAGE_TEXT_PX = 29
"""Where the name of a base image begins, after its sign."""
_LEAST_PX, _WIDEST_PX = 118, 230
_NAME_LINE_PX, _LINE_PX = 34, 17
_IMAGE_HEIGHT_PX, _IMAGE_ROOM_PX = 30, 46

Arrange = Callable[[Sequence[Node], Sequence[Arrow]], Drawing]


@dataclass(frozen=True, slots=True)
class PlacedStage:
    """The box of a stage.

    Args:
        stage: The stage.
        id: The id of the box; unique in the picture.
        label: The name, shortened to fit.
        lines: The lines below the name, shortened to fit.
        is_target: Whether there is a ring around the box.
        at: The box, without its ring.
    """

    stage: Stage
    id: str
    label: str
    lines: tuple[str, ...]
    is_target: bool
    at: Position


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """The box of a base image; ``label`` is as much of the end of the name as fits."""

    name: str
    id: str
    label: str
    at: Position


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """The arrow of a reference; ``from_image`` when the source is an image outside the file."""

    edge: Edge
    path: Path
    from_image: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A stage graph with its places.

    Args:
        stages: In the order of the Dockerfile; the first ``MOST_STAGES``.
        images: The base images that a placed stage refers to.
        edges: In the order of the file; empty when the boxes were arranged without arrows.
        width_px: Width of the whole picture.
        height_px: Height of the whole picture.
    """

    stages: tuple[PlacedStage, ...]
    images: tuple[PlacedImage, ...]
    edges: tuple[PlacedEdge, ...]
    width_px: float
    height_px: float


def place(
    graph: StageGraph,
    target: int | None,
    lines: Callable[[Stage], Sequence[str]],
    *,
    has_signs: bool = True,
    below_px: float = 0,
    arrange: Arrange = lay_out,
) -> Placed:
    """Place boxes for stages and images, and draw arrows between them.

    Args:
        graph: The Dockerfile's stages, at least one.
        target: The index of the stage with a ring around it, None for no ring.
        lines: Returns the lines below a stage's name; the box has room for these lines.
        has_signs: Whether the first line begins with a sign for the state of the stage.
        below_px: Free height below the lines.
        arrange: Computes the positions of boxes and arrows.

    Raises:
        HostError: Graphviz' ``dot`` is missing or does not work.
    """
    indent = SIGN_PX if has_signs else 0
    boxes = [
        _Box.of(stage, target, lines(stage), indent, below_px)
        for stage in graph.stages[:MOST_STAGES]
    ]
    ids = {box.stage.name: box.id for box in boxes}
    ids |= {image: f"i{n}" for n, image in enumerate(graph.images) if image not in ids}
    edges = [edge for edge in graph.edges if {edge.source, edge.target} <= ids.keys()]
    sources = {edge.source for edge in edges}
    images = [image for image in graph.images if image in sources]
    labels = {image: _image_label(image) for image in images}
    drawing = arrange(
        [Node(box.id, box.width_px, box.height_px) for box in boxes]
        + [Node(ids[image], _image_width_px(labels[image]), _IMAGE_HEIGHT_PX) for image in images],
        [Arrow(ids[edge.source], ids[edge.target]) for edge in edges],
    )
    return Placed(
        stages=tuple(box.placed(drawing.places[box.id]) for box in boxes),
        images=tuple(
            PlacedImage(image, ids[image], labels[image], drawing.places[ids[image]])
            for image in images
        ),
        edges=tuple(
            PlacedEdge(edge, path, edge.source in labels)
            for edge, path in zip(edges, drawing.paths, strict=bool(drawing.paths))
        ),
        width_px=drawing.width_px,
        height_px=drawing.height_px,
    )


@dataclass(frozen=True, slots=True)
class _Box:
    """A stage's box before it is placed, and the size it needs, ring included."""

    stage: Stage
    label: str
    lines: tuple[str, ...]
    is_target: bool
    width_px: float
    height_px: float

    @classmethod
    def of(
        cls, stage: Stage, target: int | None, lines: Sequence[str], indent: float, below_px: float
    ) -> _Box:
        label = style.fit(printable(stage.name), _WIDEST_PX - 2 * LEFT_PX, NAME_SIZE_PX, bold=True)
        room = _WIDEST_PX - 2 * LEFT_PX - indent
        fitted = tuple(style.fit(printable(line), room, TEXT_SIZE_PX) for line in lines)
        widths = [style.width_px(line, TEXT_SIZE_PX) + indent for line in fitted]
        widest = max([style.width_px(label, NAME_SIZE_PX, bold=True), *widths])
        is_target = stage.index == target
        ring = 2 * RING_PX if is_target else 0
        return cls(
            stage=stage,
            label=label,
            lines=fitted,
            is_target=is_target,
            width_px=max(widest + 2 * LEFT_PX, _LEAST_PX) + ring,
            height_px=_NAME_LINE_PX + _LINE_PX * len(lines) + below_px + ring,
        )

    @property
    def id(self) -> str:
        return f"s{self.stage.index}"

    def placed(self, at: Position) -> PlacedStage:
        ring = RING_PX if self.is_target else 0
        inner = Position(at.x + ring, at.y + ring, at.width - 2 * ring, at.height - 2 * ring)
        return PlacedStage(self.stage, self.id, self.label, self.lines, self.is_target, inner)


def _image_label(image: str) -> str:
    return style.fit_end(printable(image), _WIDEST_PX - _IMAGE_ROOM_PX, TEXT_SIZE_PX)


def _image_width_px(label: str) -> float:
    return style.width_px(label, TEXT_SIZE_PX) + _IMAGE_ROOM_PX
