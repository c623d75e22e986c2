"""What a reader reads has no misspelt word that codespell knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from codespell_lib import main as codespell

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "CLASS.md", "CONTRIBUTING.md", "CHANGELOG.md")
ON_PURPOSE = {
    "ful": "06-build-arguments: a stage that somebody has mistyped",
    "relaese": "06-build-arguments: an argument that somebody has mistyped",
    "vertexes": "the plural that BuildKit itself uses",
}
TEXTS = {"", ".css", ".ini", ".js", ".json", ".md", ".py", ".sh", ".svg", ".toml", ".txt", ".yml"}

Misspelt = Callable[..., str]


@pytest.fixture
def misspelt(capsys: pytest.CaptureFixture[str]) -> Misspelt:
    """Takes files; what codespell says about them, empty when it finds nothing."""

    def report(*paths: Path) -> str:
        capsys.readouterr()
        words = ",".join(ON_PURPOSE)
        found = codespell(f"--ignore-words-list={words}", "--disable-colors", *map(str, paths))
        said = capsys.readouterr().out
        assert bool(found) == bool(said)
        return said

    return report


def test_a_misspelt_word_is_found(misspelt: Misspelt, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Build arguements are\nnot neccessary.\n")
    assert "page.md:1: arguements ==> arguments" in misspelt(page)
    page.write_text("Build arguments are not necessary.\n")
    assert misspelt(page) == ""


def test_lessons(lesson_name: str, lesson: Any, misspelt: Misspelt, tmp_path: Path) -> None:
    # One file a cell, so that the report names it; as JSON, line ends would be part of words.
    folder = tmp_path / lesson_name
    folder.mkdir()
    for cell in lesson.cells:
        (folder / cell.id).write_text(cell.source)
    assert misspelt(folder, *texts_in(ROOT / "lessons" / lesson_name)) == ""


def test_exercises(misspelt: Misspelt) -> None:
    assert misspelt(*texts_in(ROOT / "exercises")) == ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(name: str, misspelt: Misspelt) -> None:
    assert misspelt(ROOT / name) == ""


def test_what_is_let_through_is_still_there() -> None:
    texts = "".join(
        cell.source
        for path in (ROOT / "lessons").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]
    ).lower()
    for word, reason in ON_PURPOSE.items():
        assert word in texts, f"{word} ({reason}) needs no exception any more"


def texts_in(folder: Path) -> list[Path]:
    """Its files that are text; a Dockerfile has any name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if path.suffix in TEXTS or path.suffix == ".Dockerfile"]
