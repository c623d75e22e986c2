"""What is noted of a build beside its raw lines, and found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.build.metadata import find_note, note
from sandbox.model.build import Build

LOADS = "sha256:loads-the-dockerfile"


def keep(build: Build, builds: Path, name: str, digest: str = LOADS) -> Build:
    """The build, its raw lines in a folder of its own."""
    raw_path = builds / name / "trace.rawjson"
    raw_path.parent.mkdir(parents=True)
    raw_path.write_text(f'{{"vertexes":[{{"digest":"{digest}","name":"x"}}]}}\n')
    return replace(build, log_path=raw_path)


@pytest.mark.parametrize("name", ["parallel", "platforms", "warnings"])
def test_command_and_stages_come_back_as_they_were(
    name: str, recorded: Callable[[str], Build], tmp_path: Path
) -> None:
    build = keep(recorded(name), tmp_path, "1")
    note(build)
    found = find_note(tmp_path, frozenset({LOADS}))
    assert found is not None
    assert (found.command, found.graph) == (build.command, build.graph)
    assert found.raw_path == build.log_path


def test_a_build_without_stages(recorded: Callable[[str], Build], tmp_path: Path) -> None:
    note(replace(keep(recorded("parallel"), tmp_path, "1"), graph=None))
    found = find_note(tmp_path, frozenset({LOADS}))
    assert found is not None
    assert found.command is not None
    assert found.graph is None


def test_a_build_is_known_by_its_own_vertex(
    recorded: Callable[[str], Build], tmp_path: Path
) -> None:
    keep(recorded("parallel"), tmp_path, "1", "sha256:other")
    second = keep(recorded("parallel"), tmp_path, "2")
    keep(recorded("parallel"), tmp_path, "3", "sha256:third")
    found = find_note(tmp_path, frozenset({LOADS, "sha256:absent"}))
    assert found is not None
    assert found.raw_path == second.log_path
    assert find_note(tmp_path, frozenset({"sha256:absent"})) is None
    assert find_note(tmp_path, frozenset()) is None


@pytest.mark.parametrize("text", [None, "", "[]", '{"command": 1}', '{"command": ["a"]}'])
def test_a_note_that_is_missing_or_damaged_still_leads_to_the_raw_lines(
    text: str | None, recorded: Callable[[str], Build], tmp_path: Path
) -> None:
    build = keep(recorded("parallel"), tmp_path, "1")
    assert build.log_path is not None
    if text is not None:
        build.log_path.with_name("note.json").write_text(text)
    found = find_note(tmp_path, frozenset({LOADS}))
    assert found is not None
    assert (found.command, found.graph, found.raw_path) == (None, None, build.log_path)


def test_nothing_is_noted_where_nothing_can_be(
    recorded: Callable[[str], Build], tmp_path: Path
) -> None:
    note(recorded("parallel"))  # its raw lines were not kept
    note(replace(recorded("parallel"), log_path=tmp_path / "gone" / "trace.rawjson"))
    assert list(tmp_path.iterdir()) == []
