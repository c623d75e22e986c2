"""Fills the marks into a learning platform's own sheet; everything else stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.classroom.roster import identifying_columns, same_name
from checker.errors import UsageError
from checker.plain_text import plain_line

GRADE_HEADERS = ("grade", "points", "score", "mark", "bewertung", "punkte", "note")
"""Headers of the column for marks, the best first, in the languages of sheets that we have seen."""
_MARK = b"\xef\xbb\xbf"
_PARTICIPANT = re.compile(r"\D+\s(\d+)")
"""How Moodle's offline sheet names a student, in any language: ``Participant 1234``."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One cell: its text, and where its bytes are in the sheet, quotes included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A sheet with marks in it.

    Args:
        content: The bytes of the sheet.
        filled: The ids of the students whose mark was put in.
        absent: The ids of students who have a mark, and no line in the sheet.
    """

    content: bytes
    filled: tuple[str, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StudentMark:
    """A mark of one student.

    Args:
        id: Names the student in messages.
        aliases: What a line may call him, as ``roster.same_name`` has it.
        points: The mark.
    """

    id: str
    aliases: frozenset[str]
    points: int


def fill(content: bytes, marks: Sequence[StudentMark], column: str | None) -> Filled:
    """Put marks into a sheet.

    A line is a student's if one of its columns for ids and names has what he is called.

    Args:
        content: A CSV in UTF-8, with ``,``, ``;`` or a tab between cells.
        marks: The marks.
        column: The header of the column for marks; None: it is recognised.

    Raises:
        UsageError: The sheet is no CSV in UTF-8, or its column is not known; or a line could be of
            several students, or a student has several lines.
    """
    lines = list(read_cells(content))
    if not lines:
        raise UsageError("The sheet is empty.", next_step="name the platform's CSV file")
    headers = [cell.text for cell in lines[0]]
    place = _find_column(headers, column)
    who_at = [n for n in identifying_columns(headers) if n != place]
    parts: list[bytes] = []
    written = 0
    seen: dict[int, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        names = [line[n].text for n in who_at if n < len(line)]
        who = _find(names, marks, number)
        if who is None or len(line) <= place:
            continue
        if who in seen:
            raise UsageError(
                f"Lines {seen[who]} and {number} of the sheet are both of {marks[who].id}.",
                next_step="remove one of them",
            )
        seen[who] = number
        parts += [content[written : line[place].start], str(marks[who].points).encode()]
        written = line[place].end
    parts.append(content[written:])
    absent = tuple(mark.id for number, mark in enumerate(marks) if number not in seen)
    return Filled(b"".join(parts), tuple(marks[who].id for who in seen), absent)


def read_cells(content: bytes) -> Iterator[list[SheetCell]]:
    """The lines of a CSV with the places of their cells.

    Raises:
        UsageError: It is not in UTF-8, or a quote is not closed.
    """
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            "The sheet is not in UTF-8.", next_step="download it again as CSV in UTF-8"
        ) from error
    position = len(_MARK) if content.startswith(_MARK) else 0
    head = content[position:].partition(b"\n")[0]
    delimiter = max(b",;\t", key=head.count)
    line: list[SheetCell] = []
    while position < len(content):
        end = _end_of_cell(content, position, delimiter)
        raw = content[position:end].decode("utf-8")
        text = raw[1:-1].replace('""', '"') if raw[:1] == '"' else raw
        line.append(SheetCell(text, position, end))
        position = end + 1
        if end == len(content) or content[end] != delimiter:
            if content[end : end + 2] == b"\r\n":
                position += 1
            yield line
            line = []
    if line:  # the last line ends with a delimiter
        yield [*line, SheetCell("", position, position)]


def _end_of_cell(content: bytes, start: int, delimiter: int) -> int:
    """The place behind a cell: that of a delimiter, of a line's end or of the file's."""
    place = start
    if content[start : start + 1] == b'"':
        place += 1
        while True:
            place = content.find(b'"', place)
            if place < 0:
                line = content.count(b"\n", 0, start) + 1
                raise UsageError(
                    f"A quote in line {line} of the sheet is not closed.",
                    next_step="download the sheet again",
                )
            place += 1
            if content[place : place + 1] != b'"':
                break
            place += 1
    while place < len(content) and content[place] not in (delimiter, 10, 13):
        place += 1
    return place


def _find_column(headers: Sequence[str], column: str | None) -> int:
    wanted = [column] if column is not None else list(GRADE_HEADERS)
    for name in wanted:
        found = [n for n, header in enumerate(headers) if same_name(header) == same_name(name)]
        if len(found) == 1:
            return found[0]
    shown = ", ".join(plain_line(header) for header in headers)
    what = "the marks" if column is None else plain_line(column)
    raise UsageError(
        f"The sheet has no single column for {what}; its headers are: {shown}.",
        next_step="name one with --column",
    )


def _find(names: Sequence[str], marks: Sequence[StudentMark], number: int) -> int | None:
    """The place of the mark of a line; None: it is nobody's who has a mark.

    Raises:
        UsageError: It could be of several students.
    """
    told = {same_name(name) for name in names} - {""}
    found = [n for n, mark in enumerate(marks) if told & mark.aliases]
    if not found:
        told = {match[1] for name in names if (match := _PARTICIPANT.fullmatch(name))}
        found = [n for n, mark in enumerate(marks) if told & mark.aliases]
    # A name may be that of two people, and an id only of one.
    found = [n for n in found if same_name(marks[n].id) in told] or found
    if len(found) > 1:
        raise UsageError(
            f"Line {number} of the sheet could be of {' or '.join(marks[n].id for n in found)}.",
            next_step="give the roster a column with the sheet's ids, and grade again with it",
        )
    return found[0] if found else None
