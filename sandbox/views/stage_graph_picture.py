"""The stages of a Dockerfile and their references to each other, before or after a build."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.model.build import Build
from sandbox.model.outcome import state_word
from sandbox.model.stage_graph import EdgeKind, StageGraph
from sandbox.model.vertex import State
from sandbox.views import style
from sandbox.views.arrows import draw_arrow
from sandbox.views.layout import Arrow, Drawing, Node, Path, lay_out
from sandbox.views.picture import Picture
from sandbox.views.placement import (
    IMAGE_TEXT_PX,
    LEFT_PX,
    NAME_SIZE_PX,
    RING_PX,
    TEXT_SIZE_PX,
    PlacedImage,
    PlacedStage,
    place,
)
from sandbox.views.stage_rows import StageRow, image_rows, stage_rows, summary, unnamed_note
from sandbox.views.style import MARGIN_PX, Key, Look
from sandbox.wording import printable

_DASHES = {EdgeKind.FROM: "", EdgeKind.COPY: "7 4", EdgeKind.MOUNT: "1.5 4"}
_IMAGE = Look(fill=style.CARD, line=style.EDGE, text=style.MUTED, line_px=1)
_TITLE = "Stage graph"


def stage_graph(graph: StageGraph, build: Build | None = None) -> Picture:
    """Draw the stages as boxes, with an arrow for each reference.

    Args:
        graph: The Dockerfile's stages.
        build: A build of them, whose states and seconds are drawn in. None: no states.

    Raises:
        HostError: Graphviz' ``dot`` is missing; ``stage_graph_text`` works without it.
    """
    uid = style.new_id()
    rows = stage_rows(graph, build)
    by_stage = {row.stage.index: row for row in rows}
    target = next((row.stage.index for row in rows if row.is_target), None)
    placed = place(
        graph,
        target,
        lambda stage: _lines(by_stage[stage.index]),
        has_signs=build is not None,
        arrange=_arrange,
    )
    rows = [by_stage[one.stage.index] for one in placed.stages]
    shapes = [
        _arrow(one.path, one.edge.kind, style.PALE_ARROW if one.from_image else style.ARROW)
        for one in placed.edges
    ]
    images = dict(image_rows(graph, build)) if build is not None else {}
    shapes += [_draw_image(image, images.get(image.name), uid) for image in placed.images]
    shapes += [_draw_stage(one, row, uid) for one, row in zip(placed.stages, rows, strict=True)]

    caption = summary(graph, build)
    if len(graph.stages) > len(rows):
        caption += f" The first {len(rows)} are drawn."
    wide = min(style.width_px(caption, 12.5), style.INNER_PX)
    width = max(placed.width_px, wide, 460) + 2 * MARGIN_PX
    drawn = {images.get(image.name) for image in placed.images} | {row.state for row in rows}
    keys = _keys({one.edge.kind for one in placed.edges}, rows, drawn, uid)
    legend, legend_height = style.legend(keys, width - 2 * MARGIN_PX)
    top = style.HEADER_PX + 12
    bottom = top + placed.height_px + 28
    body = (
        f'<g transform="translate({(width - placed.width_px) / 2:.1f} {top})">'
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
    """The same as ``stage_graph`` in words, one line for each stage; works without Graphviz."""
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
    images = image_rows(graph, build) if build is not None else []
    if images:
        told = [f"{printable(name)} {state_word(state, is_image=True)}" for name, state in images]
        lines += ["", f"  Base images: {', '.join(told)}"]
    note = unnamed_note(graph)
    lines += ["", note] if note else []
    return "\n".join([f"{_TITLE}. {summary(graph, build)}", "", *lines]) + "\n"


def _arrange(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Drawing:
    """From left to right, or downwards if that is too wide for a page."""
    drawing = lay_out(nodes, arrows)
    if drawing.width_px <= style.INNER_PX:
        return drawing
    other = lay_out(nodes, arrows, downwards=True)
    return min(drawing, other, key=lambda one: one.width_px)


def _lines(row: StageRow) -> list[str]:
    platform = [f"on {row.stage.platform}"] if row.stage.platform is not None else []
    return [row.outcome or row.size, *platform]


def _draw_stage(placed: PlacedStage, row: StageRow, uid: str) -> str:
    at, state = placed.at, row.state
    look = style.PLAIN if state is None else style.LOOKS[state]
    name = row.stage.name if row.stage.named else f"{row.stage.name} (without a name)"
    tooltip = f"{name}: {row.outcome or row.size}, FROM {row.stage.base}"
    shapes = [f"<g><title>{style.escape(tooltip)}</title>"]
    if placed.is_target:
        size = (at.width + 2 * RING_PX, at.height + 2 * RING_PX)
        shapes.append(_ring(at.x - RING_PX, at.y - RING_PX, *size))
    shapes.append(style.box(at.x, at.y, at.width, at.height, look))
    if state is State.CACHED:
        shapes.append(style.hatched(at.x, at.y, at.width, at.height, uid=uid))
    left = at.x + LEFT_PX
    shapes.append(
        style.text_at(
            left, at.y + 22, placed.label, size_px=NAME_SIZE_PX, fill=look.text, bold=True
        )
    )
    for number, line in enumerate(placed.lines):
        baseline = at.y + 40 + 17 * number
        has_sign = state is not None and number == 0
        if state is not None and has_sign:
            shapes.append(style.sign(state, left, baseline - 9))
        x = left + 16 if has_sign else left
        shapes.append(style.text_at(x, baseline, line, size_px=TEXT_SIZE_PX, fill=look.text))
    return "".join(shapes) + "</g>"


def _ring(x: float, y: float, width: float, height: float, radius: float = 10) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{radius:g}" '
        f'fill="none" stroke="{style.INK}" stroke-width="1.4"/>'
    )


def _draw_image(placed: PlacedImage, state: State | None, uid: str) -> str:
    at, radius = placed.at, placed.at.height / 2
    look = _IMAGE if state is None else style.LOOKS[state]
    told = f"image {placed.name}"
    parts = [style.box(at.x, at.y, at.width, at.height, look, radius=radius)]
    if state is not None:
        told += f": {state_word(state, is_image=True)}"
        parts.append(style.sign(state, at.x + 13, at.y + radius - 5))
    if state is State.CACHED:
        parts.append(style.hatched(at.x, at.y, at.width, at.height, uid=uid, radius=radius))
    x = at.x + (at.width / 2 if state is None else IMAGE_TEXT_PX)
    anchor = "middle" if state is None else "start"
    label = style.text_at(
        x, at.y + radius + 4, placed.label, size_px=TEXT_SIZE_PX, fill=look.text, anchor=anchor
    )
    return f"<g><title>{style.escape(told)}</title>{''.join(parts)}{label}</g>"


def _arrow(path: Path, kind: EdgeKind, colour: str) -> str:
    dash = f' stroke-dasharray="{_DASHES[kind]}"' if _DASHES[kind] else ""
    cap = ' stroke-linecap="round"' if kind is EdgeKind.MOUNT else ""
    width = 2 if kind is EdgeKind.MOUNT else 1.5
    arrow = draw_arrow(path, colour, width_px=width, stroke=dash + cap)
    return f"<g><title>{kind.value}</title>{arrow}</g>"


def _keys(
    kinds: set[EdgeKind], rows: list[StageRow], states: set[State | None], uid: str
) -> list[list[Key]]:
    boxes = [style.state_key(state, uid) for state in State if state in states]
    if any(row.is_target for row in rows):
        inner = style.box(4, 3, 18, 8, style.PLAIN, radius=2)
        boxes.append(Key(_ring(1, 0, 24, 14, radius=5) + inner, "target"))
    line = Path(points=((0, 7), (6, 7), (12, 7), (18, 7)), tip=(26, 7))
    arrows = [
        Key(_arrow(line, kind, style.ARROW), kind.value) for kind in EdgeKind if kind in kinds
    ]
    return [boxes, arrows]
