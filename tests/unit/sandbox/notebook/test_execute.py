"""Notebooks are executed and written as HTML, also those that fail. A kernel, no engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.notebook.execute import EXIT_FAILED, EXIT_USAGE, main
from sandbox.notebook.page import HIDDEN

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>a small picture</title></svg>'


def code(cell_id: str, source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
    }


CELLS = [
    {"cell_type": "markdown", "id": "title", "source": "# A lesson", "metadata": {}},
    code("where", "print('from', __import__('os').getcwd())"),
    code("p", f"display({{'image/svg+xml': '{SVG}', 'text/plain': 'words'}}, raw=True)"),
    code("hidden", "hidden_name = 1", HIDDEN),
]


def written(folder: Path, *cells: dict[str, object]) -> Path:
    path = folder / "lesson.ipynb"
    notebook = {"cells": [*CELLS, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))
    return path


def test_writes_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    assert main([str(path), "--html", str(tmp_path / "out" / "page.html")]) == 0
    page = (tmp_path / "out" / "page.html").read_text()
    assert f"from {tmp_path}" in page
    assert SVG in page, "the picture is part of the page, with its words"
    assert "hidden_name" not in page
    assert 'src="http' not in page, "nothing is fetched"
    assert path.read_bytes() == before
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'out' / 'page.html'}\n"
    assert "[ 1/3] print('from'" in err
    assert "lesson.ipynb: " in err


def test_a_failing_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(
        tmp_path,
        code("culprit", "print('on the way')\nassert 1 == 2, 'as it must be'"),
        code("after", "print('never')"),
    )
    assert main([str(path), "--html", str(tmp_path / "page.html")]) == EXIT_FAILED
    _, err = capsys.readouterr()
    assert "Cell culprit failed: print('on the way')" in err
    assert "| on the way" in err
    assert "| ----> 2 assert 1 == 2, 'as it must be'" in err
    assert "| AssertionError: as it must be" in err
    assert "Traceback" not in err
    assert "as it must be" in (tmp_path / "page.html").read_text()


def test_a_cell_that_never_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, code("sleeper", "import time; time.sleep(600)"))
    assert main([str(path), "--timeout", "1"]) == EXIT_FAILED
    assert "Cell sleeper failed" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "", "no notebook"])
def test_not_a_notebook(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_text(content)
    assert main([str(path)]) == EXIT_USAGE
    assert "cannot be read as a notebook" in capsys.readouterr().err
