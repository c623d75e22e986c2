"""The LLB graph: a box for each vertex, with arrows to the vertices that need its result."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model.build import Build
from sandbox.model.llb import Llb, where
from sandbox.model.outcome import outcome_of
from sandbox.model.trace import Trace
from sandbox.model.vertex import State, Vertex
from sandbox.views import style
from sandbox.views.arrows import draw_arrow
from sandbox.views.layout import Arrow, Drawing, Node, Position, lay_out
from sandbox.views.picture import Picture
from sandbox.views.style import MARGIN_PX, MUTED, SMALL_PX
from sandbox.wording import brief, short

_WIDEST_PX, _NARROW_PX = 270, 150  # of a box; the second where a graph is too wide for a page
_LINE_PX = 17
_MOST_VERTEXES = 120  # a larger graph takes more than a second, and cannot be read
_TITLE = "LLB graph"


def llb_graph(shown: Build | Trace | Llb) -> Picture:
    """Draw the graph that BuildKit solved, with the state of every vertex.

    Raises:
        HostError: Graphviz' ``dot`` is missing; ``str(build.llb())`` works without it.
    """
    graph = shown if isinstance(shown, Llb) else shown.llb()
    uid = style.new_id()
    cards, drawing = _lay_out(graph, _WIDEST_PX)
    if drawing.width_px > style.INNER_PX:
        cards, drawing = _lay_out(graph, _NARROW_PX)
    shapes = [draw_arrow(path, style.ARROW) for path in drawing.paths]
    shapes += [card.draw(drawing.places[card.id], uid) for card in cards]
    caption = graph.headline()
    if len(graph.vertexes) > len(cards):
        caption += f" The first {len(cards)} are drawn."
    wide = min(style.width_px(caption, 12.5), style.INNER_PX)
    width = max(drawing.width_px, wide, 460) + 2 * MARGIN_PX
    states = {card.vertex.state for card in cards}
    keys = [style.state_key(state, uid) for state in State if state in states]
    legend, legend_height = style.legend([keys], width - 2 * MARGIN_PX)
    top = style.HEADER_PX + 12
    bottom = top + drawing.height_px + 28
    body = (
        f'<g transform="translate({(width - drawing.width_px) / 2:.1f} {top})">'
        f"{''.join(shapes)}</g>\n"
        f'<g transform="translate({MARGIN_PX} {bottom:.1f})">{legend}</g>'
    )
    text = str(graph)
    height = bottom + legend_height + 20
    svg = style.document(
        body, uid=uid, title=_TITLE, caption=caption, width=width, height=height, text=text
    )
    return Picture(_TITLE, svg, text)


def _lay_out(graph: Llb, widest_px: float) -> tuple[list[_Card], Drawing]:
    vertexes = graph.vertexes[:_MOST_VERTEXES]
    cards = [_Card.of(f"v{n}", vertex, widest_px) for n, vertex in enumerate(vertexes)]
    ids = {card.vertex.digest: card.id for card in cards}
    drawing = lay_out(
        [Node(card.id, card.width_px, card.height_px) for card in cards],
        [Arrow(ids[a], ids[b]) for a, b in graph.edges if a in ids and b in ids],
        downwards=True,
    )
    return cards, drawing


@dataclass(frozen=True, slots=True)
class _Card:
    """A vertex's box: the instruction, its state, and its stage and platform.

    Args:
        id: The id of the box; unique in the picture.
        vertex: The vertex.
        head: The instruction in one or two lines.
        tail: What became of it, and where it belongs; on one line in a box that is wide enough.
        width_px: The width of the box.
    """

    id: str
    vertex: Vertex
    head: tuple[str, ...]
    tail: tuple[str, ...]
    width_px: float

    @classmethod
    def of(cls, name: str, vertex: Vertex, widest_px: float) -> _Card:
        is_narrow = widest_px < _WIDEST_PX
        room = (widest_px - 24) / 1.08  # the letters are bold
        head = style.wrap(brief(vertex.instruction), room, 12, most=1 + is_narrow)
        told = [words for words in (outcome_of(vertex), where(vertex)) if words]
        told = told if is_narrow else [" \N{MIDDLE DOT} ".join(told)]
        tail = [style.fit(line, widest_px - 40, SMALL_PX) for line in told]
        widths = [style.width_px(line, 12, bold=True) + 24 for line in head]
        widths += [style.width_px(line, SMALL_PX) + 40 for line in tail]
        return cls(name, vertex, tuple(head), tuple(tail), max(*widths, 110))

    @property
    def height_px(self) -> float:
        return 10 + _LINE_PX * (len(self.head) + len(self.tail))

    def draw(self, at: Position, uid: str) -> str:
        state = self.vertex.state
        look = style.LOOKS[state]
        tooltip = f"{short(self.vertex.name)}: {outcome_of(self.vertex)}, {self.vertex.digest}"
        shapes = [f"<g><title>{style.escape(tooltip)}</title>"]
        shapes.append(style.box(at.x, at.y, at.width, at.height, look))
        if state is State.CACHED:
            shapes.append(style.hatched(at.x, at.y, at.width, at.height, uid=uid))
        colour = look.text if state is not State.SKIPPED else MUTED
        y = at.y + 1
        for line in self.head:
            y += _LINE_PX
            shapes.append(style.text_at(at.x + 12, y, line, size_px=12, fill=colour, bold=True))
        shapes.append(style.sign(state, at.x + 12, y + 8))
        for line in self.tail:
            y += _LINE_PX
            shapes.append(style.text_at(at.x + 28, y, line, size_px=SMALL_PX, fill=colour))
        return "".join(shapes) + "</g>"
