"""Why a build failed, as a card that stands above every picture of that build."""

from __future__ import annotations

from dataclasses import replace

from sandbox.model.explanation import Explanation, SourceLine
from sandbox.model.vertex import State
from sandbox.views import style
from sandbox.views.picture import Picture
from sandbox.wording import cut, printable

_LEFT_PX, _FACTS_PX, _CODE_PX, _RIGHT_PX = 22, 112, 62, 16
_HEAD_SIZE_PX, _SIZE_PX, _LETTER_PX = 15, 12.5, 7.6  # the last: of monospaced letters
_HEAD_PX, _LINE_PX, _GAP_PX = 38, 18, 8
_MOST_LINES, _MOST_SOURCE, _AROUND = 8, 12, 3
_LOOK = style.LOOKS[State.FAILED]
_MONO = "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def failure_picture(known: Explanation) -> Picture:
    """Draw the headline, the marked lines, BuildKit's message, the likely cause, the next step."""
    headline = style.fit(known.headline, style.WIDTH_PX - 70, _HEAD_SIZE_PX, bold=True)
    parts = [
        style.sign(State.FAILED, _LEFT_PX, 16),
        _text(_LEFT_PX + 20, 26, headline, bold=True, size_px=_HEAD_SIZE_PX),
    ]
    y = float(_HEAD_PX)
    for line in source_lines(known):
        y += _LINE_PX
        parts.append(_source_line(line, y - 4))
    y += _GAP_PX if known.source else 0
    for label, said in failure_facts(known):
        parts.append(_text(_LEFT_PX, y + 14, label, bold=True))
        room = style.WIDTH_PX - _FACTS_PX - _RIGHT_PX
        lines = [
            text
            for part in said.splitlines()
            for text in style.wrap(part, room, _SIZE_PX, most=_MOST_LINES)
        ]
        for text in lines[:_MOST_LINES]:
            parts.append(_text(_FACTS_PX, y + 14, text))
            y += _LINE_PX
        y += _GAP_PX / 2
    height = y + _GAP_PX
    told = failure_text(known)
    svg = style.sheet(
        "\n".join((_frame(height), *parts)),
        uid=style.new_id(),
        title=known.headline,
        width=style.WIDTH_PX,
        height=height,
        text=told,
    )
    return Picture(known.headline, svg, told)


def failure_text(known: Explanation) -> str:
    """The same in words, for terminals and screen readers."""
    source = [
        f"  {line.number:>4} | {'>>>' if line.is_marked else '   '} {_indented(line.text)}".rstrip()
        for line in source_lines(known)
    ]
    facts = [
        f"  {label}: " + "\n    ".join(map(printable, said.splitlines()))
        for label, said in failure_facts(known)
    ]
    parts = [f"{known.headline}.", "\n".join(source), "\n".join(facts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def failure_facts(known: Explanation, *, has_log: bool = False) -> list[tuple[str, str]]:
    """Pairs of a label and a text, in the order of reading.

    Args:
        has_log: Whether the reader finds the log of the build beside it.
    """
    facts = [
        ("Message", known.said),
        ("Printed", "" if has_log else known.printed),
        ("Likely cause", known.cause),
        ("Next", known.next_step),
    ]
    return [(label, text) for label, text in facts if text]


def source_lines(known: Explanation) -> tuple[SourceLine, ...]:
    """The lines to show: the marked ones and their neighbours, without blank lines at the ends."""
    lines = list(known.source)
    while lines and not lines[-1].is_marked and not lines[-1].text.strip():
        lines.pop()
    while lines and not lines[0].is_marked and not lines[0].text.strip():
        lines.pop(0)
    first = next((n for n, line in enumerate(lines) if line.is_marked), 0)
    start = max(0, min(first - _AROUND, len(lines) - _MOST_SOURCE))
    return tuple(lines[start : start + _MOST_SOURCE])


def _frame(height_px: float) -> str:
    """The card, with a broad mark on the left, which shows without its colour, too."""
    card = style.box(1, 1, style.WIDTH_PX - 2, height_px - 2, replace(_LOOK, line_px=1.5), radius=6)
    mark = f'<rect x="1" y="1" width="8" height="{height_px - 2:.1f}" rx="3" fill="{_LOOK.line}"/>'
    return card + mark


def _source_line(line: SourceLine, y: float) -> str:
    x = _LEFT_PX + _CODE_PX
    blank_px = _LETTER_PX * (len(line.text) - len(line.text.lstrip()))
    room = int((style.WIDTH_PX - x - blank_px - _RIGHT_PX) / _LETTER_PX)
    text = cut(printable(line.text), max(room, 1))
    number = _text(_LEFT_PX + 26, y, str(line.number), bold=line.is_marked, anchor="end")
    mark = _text(_LEFT_PX + 34, y, ">>>", bold=True) if line.is_marked else ""
    code = (
        _text(min(x + blank_px, style.WIDTH_PX - 60), y, text, bold=line.is_marked) if text else ""
    )
    return f'<g font-family="{_MONO}">{number}{mark}{code}</g>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    bold: bool = False,
    size_px: float = _SIZE_PX,
    anchor: str = "start",
) -> str:
    return style.text_at(x, y, text, size_px=size_px, fill=_LOOK.text, bold=bold, anchor=anchor)


def _indented(text: str) -> str:
    return " " * (len(text) - len(text.lstrip())) + printable(text)
