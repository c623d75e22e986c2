"""Draws when each vertex ran: a lane for each stage, a bar for each vertex."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor, log10

from sandbox.model.build import Build
from sandbox.model.lanes import MOST_LANES
from sandbox.model.outcome import state_word
from sandbox.model.trace import Trace
from sandbox.model.vertex import State
from sandbox.views import style
from sandbox.views.picture import Picture
from sandbox.views.style import INK, INNER_PX, LINE, MARGIN_PX, MUTED, SMALL_PX, Key
from sandbox.views.timeline_lanes import Bar, DrawnLane, Lanes, cut
from sandbox.views.timeline_text import measures, more_lanes, timeline_text
from sandbox.wording import brief, printable, seconds, short

_TOTALS_PX = 64  # the column of seconds on the right
_ROW_PX, _BAR_PX, _PAD_PX = 25, 20, 7
_NARROW_PX, _NARROW_CACHED_PX = 4, 11  # the least width of a bar, so that its pattern shows
_LEAST_LABEL_PX = 84  # less of a label says nothing
_TITLE = "Timeline"
_WAITS = "waiting for a cache mount"


def timeline(shown: Build | Trace) -> Picture:
    """Draw when each vertex ran, on one axis of seconds, with the critical path.

    Args:
        shown: A build, or a trace alone. With a build, stages that never began are shown too.
    """
    uid = style.new_id()
    lanes = cut(shown)
    drawn = lanes.lanes[:MOST_LANES]
    chart = _Chart.of(drawn, lanes.real_s, uid)
    caption = measures(lanes)
    more = more_lanes(lanes, MOST_LANES)
    top = style.HEADER_PX + 8
    legend, legend_height = style.legend(_keys(lanes, drawn, uid), INNER_PX)
    bottom = top + chart.height_px + (34 if chart.height_px else 0)
    body = (
        f'<g transform="translate({MARGIN_PX} {top})">{chart.draw(lanes)}</g>\n'
        f'<g transform="translate({MARGIN_PX} {bottom:.1f})">{legend}</g>'
    )
    text = timeline_text(shown)
    svg = style.document(
        body,
        uid=uid,
        title=_TITLE,
        caption=f"{caption} {more}".rstrip(),
        width=style.WIDTH_PX,
        height=bottom + legend_height + 20,
        text=text,
    )
    return Picture(_TITLE, svg, text)


@dataclass(frozen=True, slots=True)
class _Chart:
    """Draws the lanes on their axis, the left upper corner at the origin."""

    lanes: tuple[DrawnLane, ...]
    tops_px: tuple[float, ...]
    height_px: float
    labels_px: float
    span_s: float
    uid: str

    @classmethod
    def of(cls, lanes: tuple[DrawnLane, ...], span_s: float, uid: str) -> _Chart:
        tops, y = [], 0.0
        for lane in lanes:
            tops.append(y)
            y += _lane_height_px(lane)
        widest = max((style.width_px(lane.label, 12.5, bold=True) for lane in lanes), default=0)
        # The axis needs a length, even if the build took no time.
        return cls(lanes, tuple(tops), y, min(max(widest + 18, 96), 160), span_s or 0.001, uid)

    @property
    def right_px(self) -> float:
        return INNER_PX - _TOTALS_PX

    def x(self, at_s: float) -> float:
        return self.labels_px + at_s / self.span_s * (self.right_px - self.labels_px)

    def y(self, lane: int, row: int) -> float:
        inner = self.lanes[lane].rows * _ROW_PX - (_ROW_PX - _BAR_PX)
        spare = _lane_height_px(self.lanes[lane]) - inner
        return self.tops_px[lane] + spare / 2 + row * _ROW_PX

    def draw(self, lanes: Lanes) -> str:
        if not self.lanes:
            return ""
        parts = [self._stripe(number) for number in range(0, len(self.lanes), 2)]
        parts.append(self._axis())
        parts.append(self._critical_line(lanes))
        for number, lane in enumerate(self.lanes):
            parts.append(self._label(number, lane))
            parts.append(self._bars(number, lane))
        return "\n".join(part for part in parts if part)

    def _stripe(self, number: int) -> str:
        return (
            f'<rect x="-8" y="{self.tops_px[number]:.1f}" width="{INNER_PX + 16}" '
            f'height="{_lane_height_px(self.lanes[number]):.1f}" rx="5" fill="{style.STRIPE}"/>'
        )

    def _axis(self) -> str:
        parts = []
        step_s = _step_s(self.span_s)
        unit, factor = ("ms", 1000) if step_s < 0.01 else ("s", 1)
        # Multiplied, not added up: a thousand times 0.1 is not 100 in floating point.
        for number in range(floor(self.span_s / step_s + 1e-9) + 1):
            x = self.x(number * step_s)
            parts.append(
                f'<path d="M{x:.1f} 0 V{self.height_px + 4:.1f}" stroke="{LINE}" fill="none"/>'
            )
            label = f"{round(number * step_s * factor, 6):g} {unit}"
            parts.append(
                style.text_at(
                    x, self.height_px + 19, label, size_px=SMALL_PX, fill=MUTED, anchor="middle"
                )
            )
        return "".join(parts)

    def _label(self, number: int, lane: DrawnLane) -> str:
        middle = self.tops_px[number] + _lane_height_px(lane) / 2
        colour = INK if lane.is_stage and lane.bars else MUTED
        room = self.labels_px - 12
        baseline = middle - 3 if lane.platform else middle + 4.5
        label = style.fit(lane.label, room, 12.5, bold=lane.is_stage)
        parts = [
            f"<title>{style.escape(lane.label)}</title>",
            style.text_at(0, baseline, label, size_px=12.5, fill=colour, bold=lane.is_stage),
        ]
        if lane.platform:
            platform = style.fit(printable(lane.platform), room, SMALL_PX)
            parts.append(style.text_at(0, middle + 12, platform, size_px=SMALL_PX, fill=MUTED))
        if lane.bars:
            total = seconds(lane.busy_s)
            if lane.state is State.CACHED or (lane.state is State.FAILED and not lane.is_stage):
                total = lane.state.value
            parts.append(style.text_at(INNER_PX, middle + 4.5, total, fill=INK, anchor="end"))
        else:
            state = lane.state or State.SKIPPED
            parts.append(style.sign(state, self.labels_px + 2, middle - 5))
            parts.append(
                style.text_at(
                    self.labels_px + 18,
                    middle + 4,
                    state.value,
                    size_px=SMALL_PX,
                    fill=MUTED,
                    rim=True,
                )
            )
        return f"<g>{''.join(parts)}</g>"

    def _bars(self, number: int, lane: DrawnLane) -> str:
        parts = []
        for row in range(lane.rows):
            blocks = self._blocks([bar for bar in lane.bars if bar.row == row])
            y = self.y(number, row)
            for place, block in enumerate(blocks, start=1):
                limit_px = blocks[place].left_px if place < len(blocks) else self.right_px
                parts.append(block.draw(y, limit_px, self.uid))
        return "".join(parts)

    def _blocks(self, bars: list[Bar]) -> list[_Block]:
        """The bars of one row; those too narrow to be seen apart are joined."""
        blocks: list[_Block] = []
        for bar in bars:
            least = _least_px(bar)
            # A bar of the least width must not end outside the chart.
            left = min(self.x(bar.start_s), self.right_px - least)
            right = max(self.x(bar.end_s), left + least)
            last = blocks[-1] if blocks else None
            if last is not None and last.right_px < right - least:
                # The bar before may be drawn wider than its duration.
                left = max(left, last.right_px + 0.5)
            block = _Block(left, right, (bar,))
            if last is not None and last.joins(block):
                blocks[-1] = replace(
                    last, right_px=max(last.right_px, block.right_px), bars=(*last.bars, bar)
                )
            else:
                blocks.append(block)
        return blocks

    def _critical_line(self, lanes: Lanes) -> str:
        """A thin line from each bar of the critical path to the next one."""
        spots: dict[str, tuple[float, float, float]] = {}
        for number, lane in enumerate(self.lanes):
            for bar in lane.bars:
                if bar.critical:
                    y = self.y(number, bar.row) + _BAR_PX - 1.5
                    start = spots.get(bar.vertex.digest, (self.x(bar.start_s),))[0]
                    spots[bar.vertex.digest] = (start, self.x(bar.end_s), y)
        chain = [spots[v.digest] for v in lanes.critical if v.digest in spots]
        steps = [
            f"M{end:.1f} {y:.1f} H{start:.1f} V{next_y:.1f}"
            for (_, end, y), (start, _, next_y) in pairwise(chain)
        ]
        if not steps:
            return ""
        return f'<path d="{" ".join(steps)}" fill="none" stroke="{INK}" stroke-width="1.2"/>'


@dataclass(frozen=True, slots=True)
class _Block:
    """A bar as it is drawn; bars that are too narrow to be seen apart share one."""

    left_px: float
    right_px: float
    bars: tuple[Bar, ...]

    @property
    def state(self) -> State:
        return self.bars[0].state

    @property
    def count(self) -> int:
        """The number of vertices; a vertex may have several bars."""
        return len({bar.vertex.digest for bar in self.bars})

    def joins(self, later: _Block) -> bool:
        return (
            later.left_px - self.right_px < 1
            and any(block.width_px <= _least_px(block.bars[0]) + 0.01 for block in (self, later))
            and self.state is later.state
            and self.bars[0].critical == later.bars[0].critical
        )

    @property
    def width_px(self) -> float:
        return self.right_px - self.left_px

    def draw(self, y: float, limit_px: float, uid: str) -> str:
        look = style.LOOKS[self.state]
        parts = [f"<g><title>{style.escape(self._tooltip())}</title>"]
        radius = min(4, self.width_px / 2)
        dash = look.dash if self.state is State.WAITING else ""
        thin = replace(look, line_px=1 if self.state is not State.FAILED else 2, dash=dash)
        parts.append(style.box(self.left_px, y, self.width_px, _BAR_PX, thin, radius=radius))
        if self.state is State.CACHED:
            parts.append(
                style.hatched(self.left_px, y, self.width_px, _BAR_PX, uid=uid, radius=radius)
            )
        if any(bar.critical for bar in self.bars):
            parts.append(_critical_mark(self.left_px, y, self.width_px))
        parts.append(self._label(y, limit_px))
        return "".join(parts) + "</g>"

    def _label(self, y: float, limit_px: float) -> str:
        text = brief(self.bars[0].vertex.instruction)
        if self.count > 1:
            text = f"{self.count} {self.state.value}"
        elif self.state is State.WAITING:
            text = _WAITS
        marked = self.state in (State.FAILED, State.CANCELLED)
        indent = 19 if marked else 7
        inside, outside = self.width_px - indent - 6, limit_px - self.right_px - 10
        colour, baseline = style.LOOKS[self.state].text, y + 14
        if inside >= min(style.width_px(text, SMALL_PX), _LEAST_LABEL_PX):
            mark = style.sign(self.state, self.left_px + 6, y + 4.5) if marked else ""
            fitting = style.fit(text, inside, SMALL_PX)
            return mark + style.text_at(
                self.left_px + indent, baseline, fitting, size_px=SMALL_PX, fill=colour
            )
        if outside >= min(style.width_px(text, SMALL_PX), _LEAST_LABEL_PX):
            fitting = style.fit(text, min(outside, 260), SMALL_PX)
            return style.text_at(
                self.right_px + 5, baseline, fitting, size_px=SMALL_PX, fill=MUTED, rim=True
            )
        return ""

    def _tooltip(self) -> str:
        first = self.bars[0]
        if self.count > 1:
            return f"{self.count} vertices, {self.state.value}"
        took = seconds(sum(bar.end_s - bar.start_s for bar in self.bars))
        word = state_word(self.state, is_image=first.vertex.is_image)
        state = _WAITS if self.state is State.WAITING else word
        return f"{short(first.vertex.name)}: {state}, {took}"


def _least_px(bar: Bar) -> float:
    return _NARROW_CACHED_PX if bar.state is State.CACHED else _NARROW_PX


def _critical_mark(x: float, y: float, width: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y + _BAR_PX - 3:.1f}" width="{width:.1f}" height="3" '
        f'rx="1" fill="{INK}"/>'
    )


def _lane_height_px(lane: DrawnLane) -> float:
    height = lane.rows * _ROW_PX - (_ROW_PX - _BAR_PX) + 2 * _PAD_PX
    return max(height, 42 if lane.platform else 34)


def _step_s(span_s: float) -> float:
    """The distance between the marks of the axis: a round number that gives four to ten parts."""
    rough = span_s / 8
    power = 10.0 ** floor(log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _keys(lanes: Lanes, drawn: tuple[DrawnLane, ...], uid: str) -> list[list[Key]]:
    states = {bar.state for lane in drawn for bar in lane.bars}
    keys = [style.state_key(state, uid) for state in State if state in states]
    if lanes.critical and lanes.real_s > 0:
        plain = style.box(1, 0, 24, 14, style.PLAIN, radius=3)
        mark = f'<rect x="1" y="11" width="24" height="3" rx="1" fill="{INK}"/>'
        keys.append(Key(plain + mark, "critical path: only a shorter one makes the build shorter"))
    return [keys]
