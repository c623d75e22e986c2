"""The zip that Moodle's "Upload multiple feedback files in a zip" takes.

Source: ``mod/assign/feedback/file/importziplib.php`` of Moodle. The zip has a folder for each
submission, named as in the archive that Moodle gave: ``NAME_PARTICIPANT_assignsubmission_file_``.
Moodle splits that name at its first underscores, so a name has none.
"""

from __future__ import annotations

import re

from checker.classroom.book_rows import BookRows, BookStudent
from checker.classroom.book_texts import BookArchive, BookText
from checker.classroom.feedback import as_page
from checker.classroom.layouts import Layout, Student
from checker.classroom.platform_exports import students_of
from checker.errors import UsageError

_NOT_IN_A_NAME = re.compile(r"[_/\\:\x00-\x1f]+")
_LONGEST_BYTES = 150
"""Of a name; a file system takes 255 bytes for the name of the whole folder."""


def as_moodle_feedback(rows: BookRows, *, delimiter: str = ",") -> list[BookArchive]:
    """One zip, with ``feedback.html`` for each student whose work came from Moodle's archive.

    Raises:
        UsageError: There is no such student.
    """
    del delimiter  # of CSV only
    texts = [
        BookText(f"{_folder(named)}/feedback.html", as_page(student, rows))
        for student in students_of(rows)
        if (named := _named_by_moodle(student)) is not None
    ]
    if not texts:
        raise UsageError(
            "No student of the book was handed in with an archive of Moodle.",
            next_step="grade the archive as Moodle gave it: checker class ARCHIVE.zip --book BOOK",
        )
    return [BookArchive("moodle-feedback.zip", tuple(texts))]


def _named_by_moodle(student: BookStudent) -> Student | None:
    named = (entry.student for entry in student.entries.values())
    return next((one for one in named if one.platform == Layout.MOODLE), None)


def _folder(student: Student) -> str:
    name = _NOT_IN_A_NAME.sub(" ", student.name).encode()[:_LONGEST_BYTES].decode(errors="ignore")
    name = name.lstrip(" .")
    return f"{name or 'student'}_{student.label}_assignsubmission_file_"
