"""The formats of ``checker class export --for``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from checker.classroom.book_texts import BookArchive, BookText
from checker.classroom.classroom50 import as_classroom50
from checker.classroom.feedback import as_feedback
from checker.classroom.moodle_feedback import as_moodle_feedback
from checker.classroom.platform_exports import as_canvas, as_gradescope, as_junit, as_moodle

FORMATS: Mapping[str, Callable[..., Sequence[BookText | BookArchive]]] = {
    "canvas": as_canvas,
    "moodle": as_moodle,
    "gradescope": as_gradescope,
    "junit": as_junit,
    "classroom50": as_classroom50,
    "feedback": as_feedback,
    "moodle-feedback": as_moodle_feedback,
}
"""Name → the function that makes its files from the rows of a book."""
