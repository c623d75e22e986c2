"""Every lesson runs from its first cell to its last, and every topic of the course in one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.course import Course, Executed

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Proof:
    """Where a row of the course's outline is run for real: an entry of a file in ``rows``.

    Args:
        lesson: The notebook, by which the file is named.
        cells: What runs it, with words that its source must hold and words that it must print.
        check: The hidden cell that asserts that it happened.
    """

    lesson: str
    cells: dict[str, tuple[str, str]]
    check: str


ROWS = {
    row: Proof(path.stem, **entry)
    for path in sorted((Path(__file__).parent / "rows").glob("*.toml"))
    for row, entry in tomllib.loads(path.read_text()).items()
}


LINK_TO_WORK = re.compile(r"\]\(\.\./work/([^)]+)\)")
"""A link to a file for the learner to change."""


def printed(cell: Any) -> str:
    texts = []
    for output in cell.outputs:
        texts.append(output.get("text", ""))
        texts.append(output.get("data", {}).get("text/plain", ""))
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "".join(texts))


def test_runs_from_first_to_last(
    course: Course, executed: Callable[[str], Executed], lesson_name: str
) -> None:
    notebook, runs = executed(lesson_name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [run.cell_id for run in runs] == [cell.id for cell in code]
    assert all(cell.execution_count for cell in code)
    # Whatever is drawn can be read as well.
    for cell in code:
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/svg+xml" not in data or data["text/plain"].strip(), cell.id
    assert course.changed() == [], "a lesson changes its copy in work/ only"
    linked = {path for cell in notebook.cells for path in LINK_TO_WORK.findall(cell.source)}
    assert [path for path in linked if not (course.folder / "work" / path).is_file()] == []


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=pytest.mark.xdist_group(f"lesson {proof.lesson}"))
        for row, proof in ROWS.items()
    ],
)
def test_every_row_is_run(executed: Callable[[str], Executed], row: str) -> None:
    proof = ROWS[row]
    notebook, _ = executed(proof.lesson)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    for cell_id, (source, output) in proof.cells.items():
        assert cell_id in cells, f"{row}: {proof.lesson} has lost its cell {cell_id}"
        assert source in cells[cell_id].source, cell_id
        assert output in printed(cells[cell_id]), cell_id
    assert "check" in cells[proof.check].metadata.tags
    order = [cell.id for cell in notebook.cells]
    assert all(order.index(cell_id) < order.index(proof.check) for cell_id in proof.cells)


def test_the_table_has_all_rows_of_the_lessons_there_are() -> None:
    assert {row.split()[0] for row in ROWS} == {f"S{number}" for number in range(1, 19)}
