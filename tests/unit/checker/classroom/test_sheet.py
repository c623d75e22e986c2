"""A platform's sheet gets marks, and nothing else of it changes."""

from __future__ import annotations

import csv
import io

import pytest

from checker.classroom.roster import same_name
from checker.classroom.sheet import StudentMark, fill, read_cells
from checker.errors import UsageError


def mark(points: int, name: str, *aliases: str) -> StudentMark:
    return StudentMark(name, frozenset(map(same_name, (name, *aliases))), points)


ADA, BOB = mark(87, "0012", "Ada Lovelace"), mark(5, "1234", 'Bob, the "Builder"')


@pytest.mark.parametrize(
    ("sheet", "filled"),
    [
        ("ID,Grade\n0012,\n", "ID,Grade\n0012,87\n"),
        ("ID,Grade\r\n0012,12\r\n1234,\r\n", "ID,Grade\r\n0012,87\r\n1234,5\r\n"),
        ("\ufeffid;Grade;note\n0012;;x", "\ufeffid;Grade;note\n0012;87;x"),
        ("Grade\tid\n\t0012\n", "Grade\tid\n87\t0012\n"),
        ('Grade,"Full name"\n"",Ada Lovelace\n', 'Grade,"Full name"\n87,Ada Lovelace\n'),
        (
            'Full name,Grade,Feedback\n"Bob, the ""Builder""",-,"two\nlines, 0012"\n',
            'Full name,Grade,Feedback\n"Bob, the ""Builder""",5,"two\nlines, 0012"\n',
        ),
        (
            "Identifier,Full name,Maximum Grade,Grade,Last modified (grade)\n"
            "Participant 1234,,1234.00,,-\nParticipant 9,,100.00,,-\n",
            "Identifier,Full name,Maximum Grade,Grade,Last modified (grade)\n"
            "Participant 1234,,1234.00,5,-\nParticipant 9,,100.00,,-\n",
        ),
    ],
)
def test_only_the_mark_changes(sheet: str, filled: str) -> None:
    assert fill(sheet.encode(), (ADA, BOB), None).content.decode() == filled


def test_who_has_a_mark_and_no_line_is_named() -> None:
    done = fill(b"id,Grade\n0012,\nsomebody,\n", (ADA, BOB), None)
    assert (done.filled, done.absent) == (("0012",), ("1234",))


def test_a_column_is_recognised_or_named() -> None:
    sheet = b"id,Quiz 1,Quiz 2\n0012,,\n"
    with pytest.raises(UsageError, match="no single column for the marks; its headers are: id, Qu"):
        fill(sheet, (ADA,), None)
    assert fill(sheet, (ADA,), "quiz 2").content == b"id,Quiz 1,Quiz 2\n0012,,87\n"
    with pytest.raises(UsageError, match="no single column for Quiz 3"):
        fill(sheet, (ADA,), "Quiz 3")


def test_what_could_be_of_several_is_refused() -> None:
    twins = (mark(1, "a1", "Ada"), mark(2, "a2", "Ada"))
    with pytest.raises(UsageError, match="Line 2 of the sheet could be of a1 or a2"):
        fill(b"name,Grade\nAda,\n", twins, None)
    assert fill(b"id,name,Grade\na2,Ada,\n", twins, None).content == b"id,name,Grade\na2,Ada,2\n"
    with pytest.raises(UsageError, match="Lines 2 and 3 of the sheet are both of 0012"):
        fill(b"id,Grade\n0012,\n0012,\n", (ADA,), None)


@pytest.mark.parametrize(
    ("sheet", "said"),
    [(b"", "empty"), (b"id,Grade\n\xff,\n", "UTF-8"), (b'id,Grade\n"0012,\n', "line 2")],
)
def test_what_is_no_sheet_is_refused(sheet: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        fill(sheet, (ADA,), None)
    assert refused.value.next_step


@pytest.mark.parametrize(
    "text", ['a,b\n"x ""y""","z\n1"\n', "a\r\nb\r\n", "a,\n,b\n", "a,b,", "a\n\nb\n"]
)
def test_cells_are_those_of_a_csv_reader(text: str) -> None:
    expected = [row or [""] for row in csv.reader(io.StringIO(text, newline=""))]
    assert [[cell.text for cell in line] for line in read_cells(text.encode())] == expected
