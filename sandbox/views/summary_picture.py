"""A build's figures as tiles; the share of cached vertices has a bar."""

from __future__ import annotations

from dataclasses import replace

from sandbox.model.build import Build
from sandbox.model.summary import CacheShare, Summary
from sandbox.model.vertex import State
from sandbox.views import style
from sandbox.views.picture import Picture
from sandbox.views.style import INNER_PX, LINE, MARGIN_PX, MUTED, SMALL_PX
from sandbox.wording import seconds

_COLUMNS = 2
_TILE_PX, _GAP_PX = 84, 14
_TITLE = "Summary"


def summary_picture(shown: Build | Summary) -> Picture:
    """Draw the cost of a build in nine tiles."""
    summary = shown if isinstance(shown, Summary) else shown.summary()
    uid = style.new_id()
    shares = {"RUN": summary.run, "COPY": summary.copy}
    width = (INNER_PX - (_COLUMNS - 1) * _GAP_PX) / _COLUMNS
    parts = []
    rows = summary.rows()
    for number, (name, value, meaning) in enumerate(rows):
        x = (number % _COLUMNS) * (width + _GAP_PX)
        y = (number // _COLUMNS) * (_TILE_PX + _GAP_PX)
        tile = _tile(name, value, meaning, width)
        if name in shares:
            tile = _share_tile(name, shares[name], width, uid)
        parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{tile}</g>')
    height = -(-len(rows) // _COLUMNS) * (_TILE_PX + _GAP_PX) - _GAP_PX
    top = style.HEADER_PX + 6
    text = f"{_TITLE}. {_caption(summary)}\n\n{summary}\n"
    svg = style.document(
        f'<g transform="translate({MARGIN_PX} {top})">{"".join(parts)}</g>',
        uid=uid,
        title=_TITLE,
        caption=_caption(summary),
        width=style.WIDTH_PX,
        height=top + height + MARGIN_PX,
        text=text,
    )
    return Picture(_TITLE, svg, text)


def _caption(summary: Summary) -> str:
    cached, total = (
        summary.run.cached + summary.copy.cached,
        summary.run.total + summary.copy.total,
    )
    took = f"{seconds(summary.real_s)} for {seconds(summary.accumulated_s)} of work"
    return f"{took}; {cached} of {total} RUN and COPY cached." if total else f"{took}."


def _tile(name: str, value: str, meaning: str, width: float) -> str:
    # A value that is not a number, such as "no image in the engine", is set as text.
    is_figure = value[:1].isdigit()
    size_px = 20 if is_figure else 13
    room = width - 28
    return (
        _frame(width)
        + style.text_at(14, 22, name, size_px=11.5, fill=MUTED)
        + style.text_at(
            14,
            49,
            style.fit(value, room, size_px, bold=is_figure),
            size_px=size_px,
            bold=is_figure,
        )
        + style.text_at(14, 70, style.fit(meaning, room, SMALL_PX), size_px=SMALL_PX, fill=MUTED)
    )


def _share_tile(name: str, share: CacheShare, width: float, uid: str) -> str:
    if share.share is None:
        return _tile(name, str(share), "", width)
    room = width - 28
    whole = replace(style.PLAIN, fill=style.CARD, line=style.EDGE, line_px=1)
    cached = replace(style.LOOKS[State.CACHED], line_px=1)
    parts = [
        _tile(name, f"{share.cached} of {share.total} cached", "", width),
        style.box(14, 59, room, 12, whole, radius=3),
    ]
    if share.cached:
        parts.append(style.box(14, 59, room * share.share, 12, cached, radius=3))
        parts.append(style.hatched(14, 59, room * share.share, 12, uid=uid, radius=3))
    return "".join(parts)


def _frame(width: float) -> str:
    look = replace(style.PLAIN, fill=style.STRIPE, line=LINE, line_px=1)
    return style.box(0, 0, width, _TILE_PX, look, radius=8)
