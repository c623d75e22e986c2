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
from sandbox.views.layout import Arrow, Node, Position, lay_out
from sandbox.views.picture import Picture
from sandbox.views.style import MARGIN_PX, MUTED
from sandbox.wording import brief, short

_WIDEST_PX = 270
_MOST_VERTEXES = 120  # a larger graph takes more than a second, and cannot be read
_TITLE = "LLB graph"


def llb_graph(shown: Build | Trace | Llb) -> Picture:
    """Draw the graph that BuildKit solved, with the state of every vertex.

    Raises:
        HostError: Graphviz' ``dot`` is missing; ``str(build.llb())`` works without it.
    """
    graph = shown if isinstance(shown, Llb) else shown.llb()
    uid = style.new_id()
    cards = [_Card.of(f"v{n}", vertex) for n, vertex in enumerate(graph.vertexes[:_MOST_VERTEXES])]
    ids = {card.vertex.digest: card.id for card in cards}
    edges = [(ids[a], ids[b]) for a, b in graph.edges if a in ids and b in ids]
    drawing = lay_out(
        [Node(card.id, card.width_px, card.height_px) for card in cards],
        [Arrow(source, target) for source, target in edges],
        downwards=True,
    )
    shapes = [draw_arrow(path, style.ARROW) for path in drawing.paths]
    shapes += [card.draw(drawing.places[card.id], uid) for card in cards]
    caption = graph.headline()
    if len(graph.vertexes) > len(cards):
        caption += f" The first {len(cards)} are drawn."
    width = max(drawing.width_px, style.width_px(caption, 12.5), 460) + 2 * MARGIN_PX
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


@dataclass(frozen=True, slots=True)
class _Card:
    """A vertex's box: the instruction, its stage and platform, and its state."""

    id: str
    vertex: Vertex
    lines: tuple[str, str]
    width_px: float

    @classmethod
    def of(cls, name: str, vertex: Vertex) -> _Card:
        text = style.fit(brief(vertex.instruction), _WIDEST_PX - 24, 12, bold=True)
        outcome = " \N{MIDDLE DOT} ".join(w for w in (outcome_of(vertex), where(vertex)) if w)
        outcome = style.fit(outcome, _WIDEST_PX - 40, 11)
        widest = max(style.width_px(text, 12, bold=True) + 24, style.width_px(outcome, 11) + 40)
        return cls(name, vertex, (text, outcome), max(widest, 110))

    @property
    def height_px(self) -> float:
        return 44

    def draw(self, at: Position, uid: str) -> str:
        state = self.vertex.state
        look = style.LOOKS[state]
        tooltip = f"{short(self.vertex.name)}: {outcome_of(self.vertex)}, {self.vertex.digest}"
        shapes = [f"<g><title>{style.escape(tooltip)}</title>"]
        shapes.append(style.box(at.x, at.y, at.width, at.height, look))
        if state is State.CACHED:
            shapes.append(style.hatched(at.x, at.y, at.width, at.height, uid=uid))
        text, outcome = self.lines
        colour = look.text if state is not State.SKIPPED else MUTED
        shapes.append(style.text_at(at.x + 12, at.y + 18, text, size_px=12, fill=colour, bold=True))
        shapes.append(style.sign(state, at.x + 12, at.y + 26))
        shapes.append(style.text_at(at.x + 28, at.y + 35, outcome, size_px=11, fill=colour))
        return "".join(shapes) + "</g>"
