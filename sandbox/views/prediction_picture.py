"""A prediction beside the outcome: a row for each option, with a sign for each of the two."""

from __future__ import annotations

from sandbox.model.prediction import PredictionOutcome
from sandbox.model.vertex import State
from sandbox.views import style
from sandbox.views.picture import Picture
from sandbox.views.style import INK, INNER_PX, LINE, MARGIN_PX, MUTED
from sandbox.wording import printable

_PREDICTED_PX, _HAPPENED_PX, _REMARK_PX = 215, 295, 372
_ROW_PX, _HEAD_PX = 28, 30
_TITLE = "Prediction"


def verdict_picture(verdict: PredictionOutcome) -> Picture:
    """Draw a prediction and its outcome; wrong predictions are marked and explained."""
    question = printable(verdict.question)
    heads = ((_PREDICTED_PX, "predicted"), (_HAPPENED_PX, "happened"))
    parts = [style.text_at(x, 14, name, size_px=11.5, fill=MUTED) for x, name in heads]
    parts.append(f'<path d="M0 22 H{INNER_PX}" stroke="{LINE}" fill="none"/>')
    for number, row in enumerate(verdict.rows()):
        parts.append(_row(row, _HEAD_PX + number * _ROW_PX))
    bottom = _HEAD_PX + len(verdict.rows()) * _ROW_PX + 22
    parts.append(style.text_at(0, bottom, verdict.headline(), size_px=12.5, bold=True))
    top = style.HEADER_PX + 4
    text = str(verdict)
    svg = style.document(
        f'<g transform="translate({MARGIN_PX} {top})">{"".join(parts)}</g>',
        uid=style.new_id(),
        title=_TITLE,
        caption=question,
        width=style.WIDTH_PX,
        height=top + bottom + 22,
        text=text,
    )
    return Picture(_TITLE, svg, text)


def _row(row: tuple[str, bool | None, bool, str], y: float) -> str:
    name, predicted, happened, remark = row
    colour = style.LOOKS[State.FAILED].text if remark else INK
    name = style.fit(printable(name), _PREDICTED_PX - 20, 12.5, bold=bool(remark))
    parts = [
        style.text_at(0, y + 18, name, size_px=12.5, fill=colour, bold=bool(remark)),
        _side(predicted, _PREDICTED_PX, y, is_wrong=bool(remark)),
        _side(happened, _HAPPENED_PX, y),
        style.text_at(_REMARK_PX, y + 18, remark, size_px=11.5, fill=colour),
    ]
    return "".join(parts)


def _side(value: bool | None, x: float, y: float, *, is_wrong: bool = False) -> str:
    if value is None:
        return ""
    word = "yes" if value else "no"
    if is_wrong:  # a green tick would say that it was right
        look = style.LOOKS[State.FAILED].text
        return style.sign(State.FAILED, x, y + 9) + style.text_at(
            x + 16, y + 18, word, size_px=12, fill=look
        )
    # The sign of the cached state is a tick, that of the skipped state a dash.
    state = State.CACHED if value else State.SKIPPED
    colour = INK if value else MUTED
    return style.sign(state, x, y + 9) + style.text_at(
        x + 16, y + 18, word, size_px=12, fill=colour
    )
