"""A small course becomes a site whose links all lead somewhere. A kernel, no engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sandbox.errors import UsageError
from sandbox.notebook import site
from sandbox.notebook.execute import EXIT_FAILED, EXIT_USAGE, NotebookError
from sandbox.notebook.site import INDEX, choose, main, run, write

ONE = """\
# 01 · The first

In this lesson you will

- see *one* thing,
- see `another`.

On to [the second](02-second.ipynb#A-section), or look at [the file](01-first/app/Dockerfile),
at [nothing of this site](../README.md), at [Docker](https://docs.docker.com/) and [below](#Part).

## Part
"""
TWO = "# 02 · The second\n\nBack to [the first](01-first.ipynb).\n\n## A section"


def lesson(folder: Path, name: str, first: str, *sources: str) -> None:
    cells = [new_markdown_cell(first), *map(new_code_cell, sources)]  # type: ignore[no-untyped-call]
    made = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    nbformat.write(made, folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "lessons"
    (folder / "01-first" / "app").mkdir(parents=True)
    (folder / "01-first" / "app" / "Dockerfile").write_text("FROM lab/busybox\n# ``` odd\n")
    (folder / "01-first" / "data.unheard-of").write_text("<b>text</b>\n")
    (folder / "01-first" / "photo.bin").write_bytes(b"\xff\xfe\x00")
    lesson(folder, "01-first", ONE, "print('ran in', __import__('os').getcwd())")
    lesson(folder, "02-second", TWO, "open('made-here', 'w').close(); 6 * 7")
    return folder


def page(folder: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((folder / name).read_text(), "html.parser")


def test_the_site_of_a_course(
    course: Path, tmp_path: Path, assert_site_stands_alone: Callable[[Path], None]
) -> None:
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    lessons = choose(course, [])
    run(lessons, course, os.environ)
    made = tmp_path / "build" / "site"
    write(lessons, made)
    assert_site_stands_alone(made)
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before
    index = page(made, INDEX)
    assert [a["href"] for a in index.select("h2 a[href$='.html']")] == [
        "01-first.html",
        "02-second.html",
    ]
    assert "see one thing" in index.get_text()
    first = page(made, "01-first.html")
    hrefs = {a.get_text(): a["href"] for a in first.select("main a[href]")}
    assert hrefs["the second"] == "02-second.html#A-section"
    assert hrefs["the file"] == "01-first.files.html#app/Dockerfile"
    assert hrefs["Docker"] == "https://docs.docker.com/"
    assert "nothing of this site" not in hrefs
    assert "nothing of this site" in first.get_text()
    assert "ran in" in first.get_text()
    assert str(course) not in first.get_text(), "it ran in a copy"
    assert first.select_one("nav a[rel=next]") is not None
    assert first.select_one("nav a[rel=prev]") is None
    second = page(made, "02-second.html")
    assert "42" in second.get_text()
    assert second.select_one("nav a[rel=prev]")["href"] == "01-first.html"  # type: ignore[index]
    files = page(made, "01-first.files.html")
    assert "FROM lab/busybox\n# ``` odd" in files.get_text()
    assert "<b>text</b>" in files.get_text()
    assert "photo.bin" not in files.get_text()
    assert not (made / "02-second.files.html").exists()


def test_some_lessons_only(
    course: Path, tmp_path: Path, assert_site_stands_alone: Callable[[Path], None]
) -> None:
    lessons = choose(course, ["01"])
    write(lessons, tmp_path / "site")
    assert_site_stands_alone(tmp_path / "site")
    assert not (tmp_path / "site" / "02-second.html").exists()
    first = page(tmp_path / "site", "01-first.html")
    assert "the second" in first.get_text()
    assert [a for a in first.select("a") if a.get_text() == "the second"] == []


def test_a_new_site_replaces_the_old_one(course: Path, tmp_path: Path) -> None:
    made = tmp_path / "site"
    write(choose(course, []), made)
    write(choose(course, ["02"]), made)
    assert not (made / "01-first.html").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"lessons", "site"}, "nothing is left over"


def test_what_is_no_site_is_not_replaced(course: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match="has files that are not a site"):
        write(choose(course, []), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_folder_that_cannot_be_made(course: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write(choose(course, []), tmp_path / "file" / "site")


def test_a_failing_cell_stops_the_run(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson(course, "01-first", ONE, "assert 1 == 2, 'as it must be'")
    with pytest.raises(NotebookError, match="failed: assert 1 == 2"):
        run(choose(course, []), course, os.environ)
    assert "01-first" in capsys.readouterr().err
    assert not (course / "made-here").exists()


def test_a_failing_cell_leaves_the_old_site(
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(site, "own_engine", lambda **_: nullcontext(os.environ))
    lesson(course, "02-second", TWO, "assert 1 == 2, 'as it must be'")
    output = tmp_path / "site"
    output.mkdir()
    (output / INDEX).write_text("the old one")
    assert main(["--course", str(course), "--output", str(output)]) == EXIT_FAILED
    err = capsys.readouterr().err
    assert "02-second" in err
    assert "as it must be" in err
    assert {path.name: path.read_text() for path in output.iterdir()} == {INDEX: "the old one"}


def test_words_that_name_no_lesson(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--course", str(course), "01", "7"]) == EXIT_USAGE
    said = capsys.readouterr().err
    assert "no lesson '7'" in said
    assert "next: the lessons are 01-first, 02-second" in said


def test_a_folder_without_lessons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--course", str(tmp_path)]) == EXIT_USAGE
    assert "--course" in capsys.readouterr().err
