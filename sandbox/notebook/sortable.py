"""Rows that a click on a heading sorts, without a script, so also in a saved notebook.

A heading is the label of a radio input, and CSS ``order`` moves the rows. JupyterLab removes style
sheets from a notebook that is not trusted: there the rows stay in their first order. What is of use
for sorting only is ``hidden``, and the style sheet shows it, so that no heading promises more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from sandbox.views.style import new_id


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column.

    Args:
        name: What it shows.
        width_em: The width of the column, aligned at the right; the last column has ``None``.
        keys: What to sort by, one key for each row.
        falls: The largest key comes first.
    """

    name: str
    width_em: float | None
    keys: Sequence[int] | Sequence[str]
    falls: bool = True

    def places(self) -> list[int]:
        """The place of each row, from 1. Equal rows keep their first order."""
        # ``reverse`` keeps the order of equal rows.
        keys: Sequence[Any] = self.keys
        ordered = sorted(range(len(keys)), key=keys.__getitem__, reverse=self.falls)
        places = [0] * len(ordered)
        for place, row in enumerate(ordered, start=1):
            places[row] = place
        return places


def sortable(headings: Sequence[Heading], rows: Sequence[str], *, chosen: int = 0) -> str:
    """HTML of ``rows`` below their headings; ``chosen`` is the column that they are sorted by."""
    uid = new_id()
    places = [heading.places() for heading in headings]
    heads = "".join(
        _head(heading, f"{uid}-{column}", uid, is_chosen=column == chosen)
        for column, heading in enumerate(headings)
    )
    body = "".join(
        f'<div class="{uid}-row" style="'
        + ";".join(f"--by-{column}:{of[row]}" for column, of in enumerate(places))
        + f'">{html}</div>'
        for row, html in enumerate(rows)
    )
    return (
        f'<div class="{uid}" style="display:flex;flex-direction:column">'
        f"<style>{_rules(uid, len(headings))}</style>"
        f'<div role="radiogroup" aria-label="sort by" style="margin-left:1.3em">{heads}</div>'
        f"{body}</div>"
    )


def _head(heading: Heading, key: str, group: str, *, is_chosen: bool) -> str:
    width = (
        f"width:{heading.width_em}em;text-align:right;margin-right:.6em"
        if heading.width_em is not None
        else "margin-left:.25em"
    )
    told = f"sort by {heading.name}, {'largest' if heading.falls else 'smallest'} first"
    state = ' checked="checked"' if is_chosen else ""
    mark = "\N{BLACK DOWN-POINTING TRIANGLE}" if heading.falls else "\N{BLACK UP-POINTING TRIANGLE}"
    # The mark stands between two columns, so that the names stay aligned with the numbers.
    return (
        f'<label style="display:inline-block;position:relative;{width}">'
        f'<input type="radio" name="{group}" id="{key}" aria-label="{escape(told)}"{state} '
        # Without the attribute JupyterLab takes the arrow keys, and goes to another cell.
        'hidden="hidden" data-lm-suppress-shortcuts="true" '
        'style="position:absolute;opacity:0;width:1px;height:1px;margin:0"/>'
        f"<b>{escape(heading.name)}</b>"
        '<i hidden="hidden" aria-hidden="true" style="position:absolute;left:calc(100% + 3px);'
        f'top:0;font-style:normal;font-size:.65em;line-height:2.3">{mark}</i></label>'
    )


def _rules(uid: str, columns: int) -> str:
    orders = "".join(
        f".{uid}:has(#{uid}-{n}:checked)>.{uid}-row{{order:var(--by-{n})}}" for n in range(columns)
    )
    return (
        f"{orders}.{uid} label{{cursor:pointer}}.{uid} label b{{font-weight:normal;opacity:.7}}"
        f".{uid} label input,.{uid} input:checked~i{{display:block}}"
        f".{uid} input:checked~b{{opacity:1}}"
        f".{uid} label:focus-within{{outline:2px solid;outline-offset:1px}}"
    )
