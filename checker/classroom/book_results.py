"""Writes what is made from the grade book, beside it: CSV, JSON and the pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checker.classroom.class_options import valid_exercises

if TYPE_CHECKING:
    from checker.classroom.book_rows import BookRows
    from checker.classroom.gradebook import GradeBook

_PAGE_EVERY_S = 5.0
"""The pages are written at most so often while a class is graded."""
_PAUSE_SHARE = 10
"""After the pages of a big book were written, the pause is this many times as long as that took."""
FILES = ("grades.csv", "matrix.csv", "grades.json")


@contextmanager
def results_kept_fresh(book: GradeBook) -> Iterator[Callable[[], None]]:
    """Yield a function that writes the pages now and then; at the end all results are written."""
    due = time.monotonic() + _PAGE_EVERY_S

    def refresh() -> None:
        nonlocal due
        if (started := time.monotonic()) < due:
            return
        write_results(book)
        ended = time.monotonic()
        due = ended + max(_PAGE_EVERY_S, _PAUSE_SHARE * (ended - started))

    try:
        yield refresh
    finally:
        write_results(book)


def write_results(book: GradeBook, *, bom: bool = False, delimiter: str = ",") -> BookRows:
    """Write all of it; returns the rows from which it was made.

    Args:
        book: The book, opened.
        bom: Begin CSV with a byte order mark.
        delimiter: Between the cells of CSV.
    """
    from checker.classroom import class_page, exports  # noqa: PLC0415
    from checker.classroom.book_rows import read_rows  # noqa: PLC0415
    from checker.classroom.book_texts import write_text  # noqa: PLC0415

    rows = read_rows(book, valid_exercises())
    texts = (
        exports.as_long_csv(rows, delimiter=delimiter),
        exports.as_matrix_csv(rows, delimiter=delimiter),
        exports.as_json(rows),
    )
    for name, text in zip(FILES, texts, strict=True):
        write_text(book.folder / name, text, bom=bom)
    class_page.write_pages(book, rows)
    return rows
