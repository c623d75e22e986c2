"""Writes what is made from a grade book: CSV, JSON, pages, and the files that platforms import."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox import atomic

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of all files in an archive, so that equal content gives equal bytes."""


@dataclass(frozen=True, slots=True)
class BookText:
    """A text that is made from the book.

    Args:
        name: Its path below the folder of exports, or in its archive.
        text: Its content.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class BookArchive:
    """A zip of such texts."""

    name: str
    texts: tuple[BookText, ...]


def write_exports(
    folder: Path, name: str, files: Iterable[BookText | BookArchive], *, bom: bool = False
) -> list[Path]:
    """Write the files of one export; all other files of an earlier one are removed.

    Args:
        folder: The folder of exports.
        name: The name of the format: its files are ``NAME.suffix``, or lie in a folder ``NAME``.
        files: All files of the export; there may be none.
        bom: Begin CSV with a byte order mark.

    Returns:
        The paths, in the order of the files.
    """
    written = []
    for file in files:
        path = folder / file.name
        if isinstance(file, BookArchive):
            _write_archive(path, file.texts)
        else:
            write_text(path, file.text, bom=bom)
        written.append(path)
    earlier = {*folder.glob(f"{name}.*"), *(folder / name).rglob("*")}
    for left in earlier - set(written):
        if left.is_file():
            left.unlink()
    return written


def write_text(path: Path, text: str, *, bom: bool = False) -> None:
    """Write a text in UTF-8, at once or not at all; a file that has it already is not touched.

    Args:
        path: The file; missing folders are made.
        text: Its content.
        bom: Begin it with a byte order mark if it is CSV; other formats must not have one.
    """
    if bom and path.suffix == ".csv":
        text = f"\N{BYTE ORDER MARK}{text}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != text.encode():
        atomic.write_text(path, text)


def _write_archive(path: Path, texts: Iterable[BookText]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.made_whole(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for one in texts:
            member = zipfile.ZipInfo(one.name, _FIRST_DAY)
            archive.writestr(member, one.text, compress_type=zipfile.ZIP_DEFLATED)
