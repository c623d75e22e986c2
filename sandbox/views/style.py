"""The style of all pictures: colours, fonts, the look of each state, and the card around a picture.

States differ in colour, and in border, pattern and sign as well, so that nobody needs the
colours to tell them apart. Every picture is light, and has a style sheet that makes it dark where
the page around it, or the reader's system, asks for dark colours; the live view takes the same
colours from ``browser_look``.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

from sandbox.model.vertex import State
from sandbox.wording import printable

_CLASS = "bkl-picture"
FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
INK, MUTED, LINE, CARD = "#1f2933", "#5a6675", "#e3e7ec", "#ffffff"
STRIPE, RIM, EDGE = "#f6f8fa", "#d5dbe2", "#c3cbd4"
"""Every second row, the border of a card, and borders of what has no state."""
ARROW, PALE_ARROW = "#52616f", "#a3afbb"
MARGIN_PX = 24
WIDTH_PX, INNER_PX = 580, 532
"""The width of a picture, and of what is in its card. A JupyterLab window of 1000 px with the file
browser open leaves 568 px for it, and a wider picture would be made smaller, with its letters."""
SMALL_PX = 11.5
"""The smallest letters, so that they have 11 px there."""
LEAST_LETTERS_PX = 11
"""The size to which a page may shrink the smallest letters."""
HEADER_PX = 66
_CAPTION_LINE_PX = 17


@dataclass(frozen=True, slots=True)
class Look:
    """How the box of one state is drawn."""

    fill: str
    line: str
    text: str
    line_px: float = 1.5
    dash: str = ""


LOOKS = {
    State.WAITING: Look(fill="#ffffff", line="#66717e", text="#52606d", dash="1.5 3"),
    State.RUNNING: Look(fill="#fdecd9", line="#a85400", text="#6f3700", line_px=2.5),
    State.RAN: Look(fill="#d9e6f8", line="#2563ad", text="#17406f"),
    State.CACHED: Look(fill="#dff2e7", line="#1f7a4d", text="#175337"),
    State.IDLE: Look(fill="#ffffff", line="#84909d", text="#52606d", line_px=1),
    State.SKIPPED: Look(fill="#fafbfc", line="#7b8794", text="#66717e", dash="5 4"),
    State.FAILED: Look(fill="#fbdedb", line="#b3261e", text="#7f1610", line_px=3),
    # Not yellow, which many people cannot tell from the orange of running.
    State.CANCELLED: Look(
        fill="#ece4f6", line="#76509c", text="#4c2f6b", line_px=2, dash="9 3 2 3"
    ),
}
"""The looks of states on light paper."""


def _dark(state: State, line: str, fill: str, text: str) -> Look:
    return replace(LOOKS[state], line=line, fill=fill, text=text)


DARK_LOOKS = {
    look_state: _dark(look_state, *colours)
    for look_state, colours in {
        State.WAITING: ("#9aa5b1", "#14181d", "#b4bec8"),
        State.RUNNING: ("#ffab5c", "#3a2a18", "#ffd9b3"),
        State.RAN: ("#7fb4f5", "#1b2c42", "#cfe2fb"),
        State.CACHED: ("#5fcf95", "#173324", "#c3efd7"),
        State.IDLE: ("#8a97a4", "#14181d", "#b4bec8"),
        State.SKIPPED: ("#8794a1", "#181c21", "#a3aeb9"),
        State.FAILED: ("#ff8a80", "#40201e", "#ffd3cf"),
        State.CANCELLED: ("#c9a6ec", "#2f2440", "#e8daf8"),
    }.items()
}
"""The looks on dark paper, with the same borders, patterns and signs."""
PLAIN = Look(fill="#f5f7fa", line="#66788a", text=INK)
"""The look of what has no state."""
_DARK_PAPER = {
    INK: "#e6eaee",
    MUTED: "#b0bac4",
    LINE: "#333b44",
    CARD: "#14181d",
    STRIPE: "#1c2127",
    RIM: "#3a434d",
    EDGE: "#5a6570",
    ARROW: "#93a1af",
    PALE_ARROW: "#66727e",
    PLAIN.fill: "#222930",
    PLAIN.line: "#8fa0b0",
}


def dark_colours() -> dict[str, dict[str, str]]:
    """For ``fill`` and ``stroke``: each colour of a picture, and its colour on dark paper."""
    pairs = [(LOOKS[state], DARK_LOOKS[state]) for state in State]
    lines = {light.line: dark.line for light, dark in pairs}
    texts = {light.text: dark.text for light, dark in pairs}
    fills = {light.fill: dark.fill for light, dark in pairs}
    # Signs and marks are filled with the colour of the line.
    return {
        "fill": {**lines, **texts, **fills, **_DARK_PAPER},
        "stroke": {**lines, **_DARK_PAPER},
    }


def _dark_style() -> str:
    rules = "".join(
        f'.{_CLASS} [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for attribute, colours in dark_colours().items()
        for light, dark in colours.items()
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def new_id() -> str:
    """A prefix for the ids of one picture that no other picture has.

    It is not derived from the content: a browser that hides the first of two equal pictures
    also hides the patterns that the second one would share with it.
    """
    return f"p{uuid4().hex[:10]}"


def escape(text: str) -> str:
    """Text for an SVG element or attribute."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def width_px(text: str, size_px: float, *, bold: bool = False) -> float:
    """The approximate width of a text in a wide font, so that the text fits in other fonts too."""
    ems = 0.0
    for letter in text:
        if unicodedata.east_asian_width(letter) in "WF":
            ems += 1.05
        elif letter in "iljtfI.,:;'|!()[] ":
            ems += 0.37
        elif letter in "mwMW@%":
            ems += 0.95
        else:
            ems += 0.69 if letter.isupper() else 0.62
    return ems * size_px * (1.08 if bold else 1)


def fit(text: str, room_px: float, size_px: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis if it is too wide; empty if not even one letter fits."""
    if width_px(text, size_px, bold=bold) <= room_px:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_px(text[:middle].rstrip() + "…", size_px, bold=bold) <= room_px:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…" if low > 0 else ""


def wrap(text: str, room_px: float, size_px: float, *, most: int) -> list[str]:
    """The text in lines that fit, at most so many; the last one ends with … if more follows."""
    lines: list[str] = []
    words = printable(text).split()
    while words and len(lines) < most:
        taken = 1
        while taken < len(words) and width_px(" ".join(words[: taken + 1]), size_px) <= room_px:
            taken += 1
        line = " ".join(words[:taken])
        words = words[taken:]
        if width_px(line, size_px) > room_px:  # one word, such as an address
            head = fit(line, room_px, size_px)[:-1]
            if not head:
                break
            line, words = head, [line[len(head) :], *words]
        lines.append(line)
    if words and lines:
        lines[-1] = fit(f"{lines[-1]} {words[0]}", room_px, size_px).removesuffix("…") + "…"
    return lines


def fit_end(text: str, room_px: float, size_px: float) -> str:
    """As ``fit``, but keeps the end: the part of an image's name that matters."""
    if width_px(text, size_px) <= room_px:
        return text
    backwards = fit(text[::-1], room_px, size_px)
    return f"…{backwards[-2::-1]}" if backwards else ""


def text_at(
    x: float,
    y: float,
    text: str,
    *,
    size_px: float = 12,
    fill: str = INK,
    bold: bool = False,
    anchor: str = "start",
    rim: bool = False,
) -> str:
    """A line of text, its baseline at ``y``; a rim of paper keeps lines behind it from it."""
    weight = ' font-weight="600"' if bold else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    edge = (
        f' paint-order="stroke" stroke="{CARD}" stroke-width="3" stroke-linejoin="round"'
        if rim
        else ""
    )
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size_px:g}" fill="{fill}"{weight}{place}{edge}>'
        f"{escape(text)}</text>"
    )


def box(x: float, y: float, width: float, height: float, look: Look, *, radius: float = 6) -> str:
    """A rectangle in a state's look, without its pattern."""
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{radius:g}" fill="{look.fill}" stroke="{look.line}" '
        f'stroke-width="{look.line_px:g}"{dash}/>'
    )


def hatched(x: float, y: float, width: float, height: float, *, uid: str, radius: float = 6) -> str:
    """The stripes that mark a cached result, to be drawn over a box."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{radius:g}" fill="url(#{uid}-hatch)"/>'
    )


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of 10 by 10 pixels: an SVG path, drawn as a line or filled."""

    path: str
    line_px: float = 2
    is_filled: bool = False


SIGNS = {
    State.WAITING: Sign("M5 1.5a3.5 3.5 0 1 0 .01 0", line_px=1.5),
    State.RUNNING: Sign("M5 1.2a3.8 3.8 0 1 1 -3.8 3.8"),
    State.RAN: Sign("M5 0.8a4.2 4.2 0 1 0 .01 0Z", line_px=0, is_filled=True),
    State.CACHED: Sign("M1.5 5.5L4.2 8.2L8.7 2.2"),
    State.IDLE: Sign("M1.5 3.2H8.5M1.5 6.8H8.5", line_px=1.5),
    State.SKIPPED: Sign("M1 5H9"),
    State.FAILED: Sign("M1.5 1.5L8.5 8.5M8.5 1.5L1.5 8.5", line_px=2.4),
    State.CANCELLED: Sign("M1.3 1.3H8.7V8.7H1.3Z", line_px=0, is_filled=True),
}


def sign(state: State, x: float, y: float) -> str:
    """The sign of a state, its left upper corner at ``x`` and ``y``."""
    drawn, colour = SIGNS[state], LOOKS[state].line
    line = f' stroke="{colour}" stroke-width="{drawn.line_px:g}"' if drawn.line_px else ""
    return (
        f'<path transform="translate({x:.1f} {y:.1f})" d="{drawn.path}" '
        f'fill="{colour if drawn.is_filled else "none"}"{line}/>'
    )


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a drawing of 26 by 14 pixels at the origin, and its meaning."""

    drawing: str
    label: str


def state_key(state: State, uid: str) -> Key:
    """The legend's entry for a state."""
    drawing = box(1, 0, 24, 14, LOOKS[state], radius=3)
    if state is State.CACHED:
        drawing += hatched(1, 0, 24, 14, uid=uid, radius=3)
    return Key(drawing + sign(state, 8, 2), state.value)


def legend(rows: Iterable[Iterable[Key]], width: float) -> tuple[str, float]:
    """A legend, its left upper corner at the origin, and its height; long rows are broken."""
    parts: list[str] = []
    y = -22.0
    for keys in rows:
        x = width
        for key in keys:
            needed = 32 + width_px(key.label, 11.5) + 18
            if x + needed > width:
                x, y = 0.0, y + 22
            parts.append(
                f'<g transform="translate({x:.1f} {y:.1f})">{key.drawing}'
                f"{text_at(32, 11, key.label, size_px=11.5, fill=MUTED)}</g>"
            )
            x += needed
    return "".join(parts), max(0.0, y + 14)


def document(
    body: str, *, uid: str, title: str, caption: str, width: float, height: float, text: str
) -> str:
    """The whole SVG: the card, title and caption, then ``body``, drawn from ``HEADER_PX`` on.

    A screen reader reads ``text`` in place of the picture.
    """
    room = width - 2 * MARGIN_PX
    first, *more = wrap(caption, room, 12.5, most=4) or [""]
    lines = "".join(
        text_at(MARGIN_PX, 53 + n * _CAPTION_LINE_PX, line, size_px=12.5, fill=MUTED)
        for n, line in enumerate((first, *more))
    )
    lower = len(more) * _CAPTION_LINE_PX
    height += lower
    card = (
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="10" '
        f'fill="{CARD}" stroke="{RIM}"/>\n'
        f"{text_at(MARGIN_PX, 33, title, size_px=16, bold=True)}\n"
        f"{lines}\n"
    )
    if lower:
        body = f'<g transform="translate(0 {lower})">{body}</g>'
    return sheet(card + body, uid=uid, title=title, width=width, height=height, text=text)


def fitted(width: float) -> str:
    """The CSS of a picture so wide: it shrinks with its page while its letters can be read.

    What is wider than the page then is scrolled by the element around it.
    """
    least = math.ceil(width * LEAST_LETTERS_PX / SMALL_PX)
    return f"max-width:100%;min-width:{least}px;height:auto"


def sheet(body: str, *, uid: str, title: str, width: float, height: float, text: str) -> str:
    """The whole SVG around ``body``, without a card; ``title`` and ``text`` are read out."""
    description = "\n".join(escape(line) for line in text.splitlines())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{_CLASS}" '
        f'width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" style="{fitted(width)}" role="img" '
        f'aria-labelledby="{uid}-title {uid}-text" font-family="{FONT}">\n'
        f'<title id="{uid}-title">{escape(title)}</title>\n'
        f'<desc id="{uid}-text">{description}</desc>\n'
        f'<defs><pattern id="{uid}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="2" height="6" '
        f'fill="{LOOKS[State.CACHED].line}" fill-opacity="0.2"/></pattern></defs>\n'
        f"{_dark_style()}\n{body}\n</svg>\n"
    )
