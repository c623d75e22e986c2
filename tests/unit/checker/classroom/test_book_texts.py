"""What is made from the book, as it is written to the disk."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from checker.classroom.book_texts import BookArchive, BookText, write_exports, write_text

MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(("name", "begins"), [("a.csv", MARK), ("a.json", b"a"), ("a.html", b"a")])
def test_the_byte_order_mark_is_of_csv_only(tmp_path: Path, name: str, begins: bytes) -> None:
    write_text(tmp_path / "new" / name, "a;b\n", bom=True)
    write_text(tmp_path / name, "a;b\n")

    assert (tmp_path / "new" / name).read_bytes().startswith(begins)
    assert (tmp_path / name).read_bytes() == b"a;b\n"


def test_a_file_that_has_the_text_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_text(path, "one")
    before = path.stat().st_ino

    write_text(path, "one")
    assert path.stat().st_ino == before
    write_text(path, "two")
    assert path.read_text() == "two"


def test_an_export_leaves_no_file_of_an_earlier_one(tmp_path: Path) -> None:
    write_exports(tmp_path, "canvas", [BookText("canvas.csv", "-")])
    write_exports(tmp_path, "moodle", [BookText("moodle.csv", "-")])
    write_exports(tmp_path, "moodle-feedback", [BookArchive("moodle-feedback.zip", ())])
    write_exports(tmp_path, "feedback", [BookText("feedback/gone.html", "-")])
    write_exports(tmp_path, "gradescope", [BookText("gradescope/one/a.json", "-")])

    written = write_exports(tmp_path, "feedback", [BookText("feedback/ada.html", "-")])
    write_exports(tmp_path, "moodle", [])  # as when the roster lost its students

    assert written == [tmp_path / "feedback" / "ada.html"]
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert files == {
        "canvas.csv",
        "moodle-feedback.zip",
        "feedback/ada.html",
        "gradescope/one/a.json",
    }


def test_an_archive_of_equal_texts_has_equal_bytes(tmp_path: Path) -> None:
    archive = BookArchive("a.zip", (BookText("Ada_1/é.html", "é"), BookText("b", "2")))
    (path,) = write_exports(tmp_path, "a", [archive])
    before = path.read_bytes()

    write_exports(tmp_path, "a", [archive])

    assert path.read_bytes() == before
    with zipfile.ZipFile(path) as opened:
        assert {name: opened.read(name).decode() for name in opened.namelist()} == {
            "Ada_1/é.html": "é",
            "b": "2",
        }
    assert not list(tmp_path.glob("*.partial-*"))
