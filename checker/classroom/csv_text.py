"""CSV that spreadsheets read as it is meant."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@")
"""First characters by which a spreadsheet takes a cell for a formula, also in full width."""


def as_csv(lines: Iterable[Sequence[object]], delimiter: str) -> str:
    """The lines as CSV; every cell but a number is made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    for line in lines:
        writer.writerow([cell if isinstance(cell, int) else harmless(str(cell)) for cell in line])
    return out.getvalue()


def harmless(cell: str) -> str:
    """The cell as a text that no spreadsheet takes for a formula."""
    first = unicodedata.normalize("NFKC", cell.lstrip()[:1])
    return f"'{cell}" if first.startswith(_FORMULA) else cell
