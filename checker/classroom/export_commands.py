"""The commands that give the book's marks to other programs: ``export`` and ``fill``."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from checker.classroom.class_options import BookFolder, Due, deadlines_of, exercises_named
from checker.errors import UsageError

_EXPORTS = "exports"


def export(
    book: BookFolder,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for spreadsheets.")
    ] = False,
    delimiter: Annotated[str, typer.Option(help="Between the cells of CSV, such as ';'.")] = ",",
    platform: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            help="canvas, moodle, moodle-feedback, gradescope, classroom50, junit or feedback; "
            "repeatable.",
        ),
    ] = None,
    due: Due = None,
) -> None:
    """Write CSV, JSON and the page again from the book, and the files that a platform imports."""
    from checker.classroom.book_results import FILES, write_results  # noqa: PLC0415
    from checker.classroom.book_texts import write_exports  # noqa: PLC0415
    from checker.classroom.export_formats import FORMATS  # noqa: PLC0415
    from checker.classroom.gradebook import GradeBook  # noqa: PLC0415

    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise UsageError(
            "The delimiter is one character, and no quote.", next_step="--delimiter ';'"
        )
    if unknown := [name for name in platform or () if name not in FORMATS]:
        raise UsageError(
            f"There is no format {unknown[0]!r}.", next_step=f"choose one: {', '.join(FORMATS)}"
        )
    deadlines = deadlines_of(due)
    opened = GradeBook(book)
    opened.require()
    written = [book / name for name in (*FILES, "index.html")]
    with opened.open(), _without_collector():
        if deadlines is not None:
            opened.write_deadlines(deadlines)
        rows = write_results(opened, bom=bom, delimiter=delimiter)
        for name in platform or ():
            files = FORMATS[name](rows, delimiter=delimiter)
            paths = write_exports(book / _EXPORTS, name, files, bom=bom)
            written += _tops(paths, book / _EXPORTS)
    typer.echo("\n".join(map(str, written)))


def fill_sheet(
    sheet: Annotated[Path, typer.Argument(help="The platform's own CSV of this exercise.")],
    slug: Annotated[str, typer.Argument(help="The exercise, by slug or number.")],
    book: BookFolder,
    column: Annotated[
        str | None, typer.Option(help="The header of the column for marks, if not recognised.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="By default beside the sheet, as NAME.filled.csv.")
    ] = None,
) -> None:
    """Put the points of an exercise into a platform's sheet; all else stays byte for byte."""
    from checker.classroom import sheet as sheets  # noqa: PLC0415
    from checker.classroom.book_rows import read_rows  # noqa: PLC0415
    from checker.classroom.gradebook import GradeBook  # noqa: PLC0415

    (exercise,) = exercises_named([slug])
    opened = GradeBook(book)
    opened.require()
    try:
        content = sheet.read_bytes()
    except OSError as error:
        raise UsageError(
            f"The sheet {sheet} cannot be read: {error.strerror}.", next_step="name a CSV file"
        ) from error
    marks = [
        sheets.StudentMark(one.id, one.aliases, points)
        for one in read_rows(opened, ()).students
        if not one.is_tutor and (points := one.points_in(exercise.slug)) is not None
    ]
    filled = sheets.fill(content, marks, column)
    target = output or sheet.with_name(f"{sheet.stem}.filled{sheet.suffix}")
    target.write_bytes(filled.content)
    typer.echo(f"{len(filled.filled)} marks put into {target}")
    if filled.absent:
        typer.echo("not in the sheet:")
        for name in filled.absent:
            typer.echo(f"  {name}")
        raise typer.Exit(1)


def _tops(paths: Iterable[Path], folder: Path) -> list[Path]:
    """What there is to open directly in the folder: an export may have a thousand files."""
    return [
        folder / name for name in dict.fromkeys(one.relative_to(folder).parts[0] for one in paths)
    ]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Python does not look for cycles among a million values of grades, a fifth of an export."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
