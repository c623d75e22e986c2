"""Two builds side by side: one row for each vertex, with a bar for each build."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from sandbox.model.comparison import SETUP, Comparison, Pair, saved_words, side_words
from sandbox.model.vertex import State, Vertex
from sandbox.views import style
from sandbox.views.picture import Picture
from sandbox.views.style import INK, INNER_PX, LINE, MARGIN_PX, MUTED, Key
from sandbox.wording import brief, printable, seconds, short, size

# A row has two lines: the instruction and what was saved; below it the bars, and the words for each
# build, in columns that begin here.
_BARS_PX, _BARS_END_PX, _COLD_PX, _WARM_PX = 8, 226, 244, 390
_SAVED_PX = 130
_HEAD_PX, _GROUP_PX, _ROW_PX, _BAR_PX = 74, 27, 49, 10
_NARROW_PX, _NARROW_CACHED_PX = 3, 11  # the least width of a bar, so that its pattern shows
_MOST_ROWS = 150
_TITLE = "Comparison"


def comparison_picture(comparison: Comparison) -> Picture:
    """Draw both builds, vertex by vertex, and the time that the second one saved."""
    uid = style.new_id()
    pairs = [pair for pair in comparison.pairs if pair.group != SETUP]
    shown = pairs[:_MOST_ROWS]
    caption = comparison.headline()
    if len(pairs) > len(shown):
        caption += f" The first {len(shown)} vertices are drawn."
    longest_s = max((v.duration_s for p in shown for v in (p.cold, p.warm) if v), default=0.0)
    chart = _Chart(longest_s or 1.0, uid)
    parts, y = [_totals(comparison), _headings(comparison)], float(_HEAD_PX)
    for (group, platform), rows in groupby(shown, key=lambda pair: (pair.group, pair.platform)):
        parts.append(_group(group, platform, y))
        y += _GROUP_PX
        for row in rows:
            parts.append(chart.row(row, y))
            y += _ROW_PX
        y += 5
    setup = comparison.of_group(SETUP)
    if setup:
        parts.append(_setup(setup, y))
        y += _GROUP_PX
    top = style.HEADER_PX + 8
    legend, legend_height = style.legend([_keys(comparison, shown, uid)], INNER_PX)
    bottom = top + y + 14
    body = (
        f'<g transform="translate({MARGIN_PX} {top})">{"".join(parts)}</g>\n'
        f'<g transform="translate({MARGIN_PX} {bottom:.1f})">{legend}</g>'
    )
    text = str(comparison)
    svg = style.document(
        body,
        uid=uid,
        title=_TITLE,
        caption=caption,
        width=style.WIDTH_PX,
        height=bottom + legend_height + 20,
        text=text,
    )
    return Picture(_TITLE, svg, text)


def _totals(comparison: Comparison) -> str:
    """The total time of both builds on one scale, which readers should see first."""
    cold, warm = comparison.cold.trace.real_s, comparison.warm.trace.real_s
    words, room = [seconds(cold), seconds(warm)], 78
    if comparison.packages is not None:
        amounts = [downloads.amount() for downloads in comparison.packages]
        words = [f"{took} · {amount}" for took, amount in zip(words, amounts, strict=True)]
        room = 230
    longest_s = max(cold, warm, 0.001)
    parts = []
    names = [style.fit(printable(name), 200, 12.5, bold=True) for name in comparison.names]
    left = 14 + max(style.width_px(name, 12.5, bold=True) for name in names)
    for number, (name, real_s) in enumerate(zip(names, (cold, warm), strict=True)):
        y = number * 20
        width = max(real_s / longest_s * (INNER_PX - left - room), _NARROW_PX)
        look = replace(style.PLAIN, line_px=1)
        parts.append(style.text_at(0, y + 12, name, size_px=12.5, bold=True))
        parts.append(style.box(left, y, width, 15, look, radius=3))
        parts.append(style.text_at(left + width + 8, y + 12, words[number], size_px=12.5))
    return "".join(parts)


def _headings(comparison: Comparison) -> str:
    saved = "saved" + (", layers" if comparison.has_downloads else "")
    y = _HEAD_PX - 12
    room = _WARM_PX - _COLD_PX - 8
    first, second = (style.fit(printable(name), room, 11.5) for name in comparison.names)
    return (
        style.text_at(_COLD_PX, y, first, size_px=11.5, fill=MUTED)
        + style.text_at(_WARM_PX, y, second, size_px=11.5, fill=MUTED)
        + style.text_at(INNER_PX, y, saved, size_px=11.5, fill=MUTED, anchor="end")
        + f'<path d="M0 {y + 7} H{INNER_PX}" stroke="{LINE}" fill="none"/>'
    )


def _group(group: str, platform: str | None, y: float) -> str:
    name = style.fit(f"{group} {platform}" if platform else group, INNER_PX, 12.5, bold=True)
    return style.text_at(0, y + 18, name, size_px=12.5, bold=True)


def _setup(pairs: tuple[Pair, ...], y: float) -> str:
    """The time to load the definition and the context, which is never cached."""
    cold_s, warm_s = (
        sum(vertex.duration_s for vertex in side if vertex)
        for side in ([p.cold for p in pairs], [p.warm for p in pairs])
    )
    parts = [
        style.text_at(0, y + 18, SETUP, size_px=12.5, fill=MUTED),
        style.text_at(_COLD_PX + 16, y + 18, seconds(cold_s), size_px=11.5, fill=MUTED),
        style.text_at(_WARM_PX + 16, y + 18, seconds(warm_s), size_px=11.5, fill=MUTED),
    ]
    saved = saved_words(cold_s - warm_s)
    if saved:
        parts.append(style.text_at(INNER_PX, y + 18, saved, size_px=11.5, fill=MUTED, anchor="end"))
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Chart:
    """Draws the rows, all on the scale of the longest bar."""

    longest_s: float
    uid: str

    def row(self, pair: Pair, y: float) -> str:
        mark = "~ " if pair.is_edited else ""
        text = style.fit(f"{mark}{brief(pair.vertex.instruction)}", INNER_PX - _SAVED_PX, 12)
        parts = [
            f"<g><title>{style.escape(_tooltip(pair))}</title>",
            f'<rect x="-8" y="{y:.1f}" width="{INNER_PX + 16}" height="{_ROW_PX - 3}" rx="5" '
            f'fill="{style.STRIPE}"/>',
            style.text_at(8, y + 16, text, size_px=12),
            self._bar(pair.cold, y + 22.5),
            self._bar(pair.warm, y + 33.5),
            _words(pair.cold, _COLD_PX, y),
            _words(pair.warm, _WARM_PX, y),
            _saved(pair, y),
        ]
        return "".join(parts) + "</g>"

    def _bar(self, vertex: Vertex | None, y: float) -> str:
        if vertex is None or vertex.state is State.SKIPPED:
            return ""
        is_cached = vertex.state is State.CACHED
        width = vertex.duration_s / self.longest_s * (_BARS_END_PX - _BARS_PX)
        width = max(width, _NARROW_CACHED_PX if is_cached else _NARROW_PX)
        look = replace(style.LOOKS[vertex.state], line_px=1)
        bar = style.box(_BARS_PX, y, width, _BAR_PX, look, radius=2)
        if is_cached:
            bar += style.hatched(_BARS_PX, y, width, _BAR_PX, uid=self.uid, radius=2)
        return bar


def _words(vertex: Vertex | None, x: float, y: float) -> str:
    if vertex is None:
        return style.text_at(x + 16, y + 37, side_words(None), size_px=11.5, fill=MUTED)
    colour = style.LOOKS[vertex.state].text
    words = side_words(vertex)
    return style.sign(vertex.state, x, y + 28) + style.text_at(
        x + 16, y + 37, words, size_px=11.5, fill=colour
    )


def _saved(pair: Pair, y: float) -> str:
    words = [saved_words(pair.saved_s)]
    if pair.saved_bytes > 0:
        words.append(size(pair.saved_bytes))
    text = ", ".join(word for word in words if word)
    if not text:
        return ""
    # The seconds of a vertex that cannot be cached vary from build to build.
    is_bold = pair.is_work and pair.saved_s > 0
    return style.text_at(
        INNER_PX,
        y + 16,
        text,
        size_px=11.5,
        fill=INK if is_bold else MUTED,
        bold=is_bold,
        anchor="end",
    )


def _tooltip(pair: Pair) -> str:
    text = f"{short(pair.vertex.name)}: {side_words(pair.cold)}, then {side_words(pair.warm)}"
    if pair.is_edited and pair.cold is not None:
        text += f"; was {short(pair.cold.instruction)}"
    return text


def _keys(comparison: Comparison, pairs: list[Pair], uid: str) -> list[Key]:
    states = {vertex.state for pair in pairs for vertex in (pair.cold, pair.warm) if vertex}
    keys = [style.state_key(state, uid) for state in State if state in states]
    upper = style.box(1, 0, 24, 6, replace(style.PLAIN, line_px=1), radius=2)
    lower = style.box(1, 8, 10, 6, replace(style.PLAIN, line_px=1), radius=2)
    keys.append(Key(upper + lower, "seconds at work, " + " above ".join(comparison.names)))
    if any(pair.is_edited for pair in pairs):
        tilde = style.text_at(13, 12, "~", size_px=14, anchor="middle")
        keys.append(Key(tilde, "the first build had another instruction here"))
    return keys
