"""Notebooks as they must be in git, and as a reader can take them in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from sandbox import read_dockerfile

LESSONS = Path(__file__).parents[2] / "lessons"
TAGS = {"check", "predict", "remove-cell"}
MOST_LINES = 12
DISCOURAGING = re.compile(r"\b(just|simply|obviously|of course|easy|easily|trivial)\b", re.I)
# A number of seconds, bytes or hits in the text would be a promise that nobody keeps.
MEASURED = re.compile(r"\b\d+(\.\d+)?\s?(s|ms|seconds?|[KMG]i?B|times|%)(?!\w)")


def text_cells(lesson: Any) -> list[Any]:
    return [cell for cell in lesson.cells if cell.cell_type == "markdown"]


def code_cells(lesson: Any) -> list[Any]:
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", ()))


def test_is_valid(lesson: Any) -> None:
    nbformat.validate(lesson)
    assert (lesson.nbformat, lesson.nbformat_minor) >= (4, 5)


def test_has_no_outputs(lesson: Any) -> None:
    for cell in code_cells(lesson):
        assert cell.outputs == [], cell.id
        assert cell.execution_count is None, cell.id


def test_names_no_machine(lesson_name: str) -> None:
    kept = json.loads((LESSONS / f"{lesson_name}.ipynb").read_text())["metadata"]
    assert set(kept) <= {"kernelspec", "language_info", "title"}
    assert kept["kernelspec"]["name"] == "python3"
    assert set(kept["language_info"]) == {"name"}, "a version would change with every machine"


def test_ids_are_words_and_unique(lesson: Any) -> None:
    ids = [cell.id for cell in lesson.cells]
    assert len(ids) == len(set(ids))
    # A random id, as Jupyter makes them, says nothing, and the table of rows could not hold it.
    assert [i for i in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", i)] == []


def test_tags_are_from_the_list(lesson: Any) -> None:
    for cell in lesson.cells:
        assert tags(cell) <= TAGS, cell.id
        assert ("check" in tags(cell)) == ("remove-cell" in tags(cell)), cell.id
        if "check" in tags(cell):
            assert cell.id.startswith("check-"), cell.id
            assert cell.metadata["jupyter"]["source_hidden"] is True, cell.id
            # In words, because nobody reads a folded cell.
            assert re.search(r"(?m)^with as_told\(\s*\"", cell.source), cell.id
            assert re.search(r"(?m)^ +assert ", cell.source), cell.id
            assert not re.search(r"(?m)^assert ", cell.source), cell.id


def test_questions_are_folded(lesson: Any) -> None:
    """The source has the answer's function above the question."""
    for cell in code_cells(lesson):
        if re.search(r"\bpredict\(", cell.source):
            assert cell.metadata.get("jupyter", {}).get("source_hidden") is True, cell.id


def test_questions_are_asked_and_judged(lesson: Any) -> None:
    """A build between the two cells gives the answer."""
    waiting: list[str] = []
    judged = 0
    for cell in code_cells(lesson):
        waiting += re.findall(r"(?m)^(\w+) = predict\(", cell.source)
        for name in re.findall(r"\b(\w+)\.judge\(", cell.source):
            waiting.remove(name)
            judged += 1
    assert waiting == []
    assert judged


def test_cells_are_short(lesson: Any) -> None:
    for cell in code_cells(lesson):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        # A folded cell is not read.
        assert len(lines) <= MOST_LINES + 6 * ("check" in tags(cell)), cell.id
        assert max(map(len, lines)) <= 120, cell.id


def test_begins_with_its_goals(lesson: Any) -> None:
    first = lesson.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert "In this lesson you will" in first.source


def test_every_build_is_predicted(lesson: Any, runs_a_build: Callable[[Any], bool]) -> None:
    """In every section a prediction is asked for before its first build."""
    asked, builds = False, 0
    for cell in lesson.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            asked = False
        asked = asked or "predict" in tags(cell)
        if runs_a_build(cell):
            builds += 1
            assert asked, cell.id
    assert builds


def test_every_section_with_a_build_is_checked(
    lesson: Any, runs_a_build: Callable[[Any], bool]
) -> None:
    waiting: str | None = None
    for cell in lesson.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            assert waiting is None, f"nothing asserts what {waiting} did"
        if cell.cell_type == "code":
            if runs_a_build(cell):
                waiting = cell.id
            if "check" in tags(cell):
                waiting = None
    assert waiting is None, f"nothing asserts what {waiting} did"


def test_words(lesson: Any) -> None:
    for cell in text_cells(lesson):
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
        assert not DISCOURAGING.search(prose), cell.id
        assert not MEASURED.search(prose), cell.id


def test_paths_are_right_in_a_copy(lesson_name: str, lesson: Any) -> None:
    """A learner's copy lies in ``work``, beside ``lessons``."""
    for cell in lesson.cells:
        if cell.cell_type == "code":
            assert not re.search(rf"(?<![/\w]){lesson_name}\b", cell.source), cell.id


def test_base_images_are_the_labs(lesson_name: str) -> None:
    for path in (LESSONS / lesson_name).rglob("*Dockerfile"):
        graph = read_dockerfile(path.read_bytes())
        bases = {stage.base for stage in graph.stages} - {stage.name for stage in graph.stages}
        bases.discard("scratch")
        # One that ends in a hyphen misses an argument's value: it cannot be any image's name.
        foreign = {base for base in bases if not base.startswith("lab/") and base[-1] != "-"}
        assert foreign == set(), path
