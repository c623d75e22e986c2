"""The stages of a Dockerfile and what they take from each other, plain or after a build."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model.build import Build
from sandbox.model.stage_graph import EdgeKind, StageGraph
from sandbox.model.vertex import State
from sandbox.views import style
from sandbox.views.arrows import draw_arrow
from sandbox.views.layout import Arrow, Node, Path, Position, lay_out
from sandbox.views.picture import Picture
from sandbox.views.stage_rows import StageRow, stage_rows, summary
from sandbox.views.style import MARGIN_PX, Key, Look
from sandbox.wording import printable

_DASHES = {EdgeKind.FROM: "", EdgeKind.COPY: "7 4", EdgeKind.MOUNT: "1.5 4"}
_ARROW, _PALE_ARROW = "#52616f", "#a3afbb"
_RING_PX = 4  # between the box of the target and the ring around it
_IMAGE = Look(fill="#ffffff", line="#c3cbd4", text=style.MUTED, line_px=1)
_WIDEST_PX = 230
_MOST_STAGES = 120  # a graph of more can be neither laid out in a second nor read
_TITLE = "Stage graph"


def stage_graph(graph: StageGraph, build: Build | None = None) -> Picture:
    """Draws the stages as boxes, with an arrow for each reference.

    Args:
        graph: What the Dockerfile says.
        build: What a build of it did; its states and seconds are drawn in. None: no states.

    Raises:
        HostError: Graphviz' ``dot`` is missing; ``stage_graph_text`` works without it.
    """
    uid = style.new_id()
    rows = stage_rows(graph, build)[:_MOST_STAGES]
    cards = [_Card.of(row, uid) for row in rows]
    ids = {row.stage.name: f"s{row.stage.index}" for row in rows}
    ids |= {image: f"i{n}" for n, image in enumerate(graph.images) if image not in ids}
    edges = [edge for edge in graph.edges if {edge.source, edge.target} <= ids.keys()]
    images = [i for i in graph.images if any(edge.source == i for edge in edges)]
    drawing = lay_out(
        [Node(card.id, card.width_px, card.height_px) for card in cards]
        + [Node(ids[image], _image_width_px(image), 28) for image in images],
        [Arrow(ids[edge.source], ids[edge.target]) for edge in edges],
    )
    shapes = [
        _arrow(path, edge.kind, _PALE_ARROW if edge.source in images else _ARROW)
        for edge, path in zip(edges, drawing.paths, strict=True)
    ]
    shapes += [_draw_image(image, drawing.places[ids[image]]) for image in images]
    shapes += [card.draw(drawing.places[card.id]) for card in cards]

    caption = summary(graph, build)
    if len(graph.stages) > len(rows):
        caption += f" The first {len(rows)} are drawn."
    width = max(drawing.width_px, style.width_px(caption, 12.5), 460) + 2 * MARGIN_PX
    keys = _keys({edge.kind for edge in edges}, rows, uid)
    legend, legend_height = style.legend(keys, width - 2 * MARGIN_PX)
    top = style.HEADER_PX + 12
    bottom = top + drawing.height_px + 28
    body = (
        f'<g transform="translate({(width - drawing.width_px) / 2:.1f} {top})">'
        f"{''.join(shapes)}</g>\n"
        f'<g transform="translate({MARGIN_PX} {bottom:.1f})">{legend}</g>'
    )
    text = stage_graph_text(graph, build)
    height = bottom + legend_height + 20
    svg = style.document(
        body, uid=uid, title=_TITLE, caption=caption, width=width, height=height, text=text
    )
    return Picture(_TITLE, svg, text)


def stage_graph_text(graph: StageGraph, build: Build | None = None) -> str:
    """The same as ``stage_graph`` in words, a line a stage; needs nothing but Python."""
    rows = stage_rows(graph, build)
    cells = []
    for row in rows:
        takes = [
            f"{edge.kind.value} {printable(edge.source)}"
            for edge in graph.edges
            if edge.target == row.stage.name
        ] or [f"FROM {printable(row.stage.base)}"]
        tail = "  <- target" if row.is_target else ""
        cells.append((row.stage.name, row.outcome or row.size, "; ".join(takes) + tail))
    widths = [max((len(cell[n]) for cell in cells), default=0) for n in (0, 1)]
    lines = [
        f"  {name:{min(widths[0], 32)}}  {outcome:{widths[1]}}  {takes}"
        for name, outcome, takes in cells
    ]
    return "\n".join([f"{_TITLE}. {summary(graph, build)}", "", *lines]) + "\n"


@dataclass(frozen=True, slots=True)
class _Card:
    """A stage's box: the lines in it, and how large it has to be."""

    id: str
    uid: str
    row: StageRow
    name: str
    lines: tuple[str, ...]
    width_px: float
    height_px: float

    @classmethod
    def of(cls, row: StageRow, uid: str) -> _Card:
        name = style.fit(row.stage.name, _WIDEST_PX - 30, 14, bold=True)
        lines = [row.outcome or row.size]
        if row.stage.platform is not None:
            lines.append(f"on {row.stage.platform}")
        lines = [style.fit(printable(line), _WIDEST_PX - 48, 11.5) for line in lines]
        widest = max(
            style.width_px(name, 14, bold=True) + 30,
            *(style.width_px(line, 11.5) + (48 if row.state else 30) for line in lines),
        )
        height = 34 + 17 * len(lines)
        ring = 2 * _RING_PX if row.is_target else 0
        return cls(
            id=f"s{row.stage.index}",
            uid=uid,
            row=row,
            name=name,
            lines=tuple(lines),
            width_px=max(widest, 118) + ring,
            height_px=height + ring,
        )

    def draw(self, at: Position) -> str:
        state = self.row.state
        look = style.PLAIN if state is None else style.LOOKS[state]
        shapes = [f"<g><title>{style.escape(self._tooltip())}</title>"]
        if self.row.is_target:
            shapes.append(_ring(at.x, at.y, at.width, at.height))
            at = Position(
                at.x + _RING_PX, at.y + _RING_PX, at.width - 2 * _RING_PX, at.height - 2 * _RING_PX
            )
        shapes.append(style.box(at.x, at.y, at.width, at.height, look))
        if state is State.CACHED:
            shapes.append(style.hatched(at.x, at.y, at.width, at.height, uid=self.uid))
        left = at.x + 15
        shapes.append(
            style.text_at(left, at.y + 22, self.name, size_px=14, fill=look.text, bold=True)
        )
        for number, line in enumerate(self.lines):
            baseline = at.y + 40 + 17 * number
            indent = 16 if state is not None and number == 0 else 0
            if state is not None and number == 0:
                shapes.append(style.sign(state, left, baseline - 9))
            shapes.append(
                style.text_at(left + indent, baseline, line, size_px=11.5, fill=look.text)
            )
        return "".join(shapes) + "</g>"

    def _tooltip(self) -> str:
        stage = self.row.stage
        return f"{stage.name}: {self.row.outcome or self.row.size}, FROM {stage.base}"


def _ring(x: float, y: float, width: float, height: float, radius: float = 10) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{radius:g}" '
        f'fill="none" stroke="{style.INK}" stroke-width="1.4"/>'
    )


def _image_width_px(image: str) -> float:
    return style.width_px(_image_text(image), 11.5) + 26


def _image_text(image: str) -> str:
    return style.fit_end(printable(image), _WIDEST_PX - 26, 11.5)


def _draw_image(image: str, at: Position) -> str:
    middle = at.x + at.width / 2
    return (
        f"<g><title>image {style.escape(image)}</title>"
        + style.box(at.x, at.y, at.width, at.height, _IMAGE, radius=at.height / 2)
        + style.text_at(
            middle, at.y + 18, _image_text(image), size_px=11.5, fill=style.MUTED, anchor="middle"
        )
        + "</g>"
    )


def _arrow(path: Path, kind: EdgeKind, colour: str) -> str:
    dash = f' stroke-dasharray="{_DASHES[kind]}"' if _DASHES[kind] else ""
    cap = ' stroke-linecap="round"' if kind is EdgeKind.MOUNT else ""
    width = 2 if kind is EdgeKind.MOUNT else 1.5
    arrow = draw_arrow(path, colour, width_px=width, stroke=dash + cap)
    return f"<g><title>{kind.value}</title>{arrow}</g>"


def _keys(kinds: set[EdgeKind], rows: list[StageRow], uid: str) -> list[list[Key]]:
    states = {row.state for row in rows}
    boxes = [style.state_key(state, uid) for state in State if state in states]
    if any(row.is_target for row in rows):
        inner = style.box(4, 3, 18, 8, style.PLAIN, radius=2)
        boxes.append(Key(_ring(1, 0, 24, 14, radius=5) + inner, "target"))
    line = Path(points=((0, 7), (6, 7), (12, 7), (18, 7)), tip=(26, 7))
    arrows = [Key(_arrow(line, kind, _ARROW), kind.value) for kind in EdgeKind if kind in kinds]
    return [boxes, arrows]
