"""Our reading of a Dockerfile against BuildKit's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.parse.dockerfile import read_dockerfile

DATA = Path(__file__).parents[1] / "data"
DOCKERFILES = sorted(DATA.glob("*/*.Dockerfile"))


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_stages_are_those_that_buildkit_sees(path: Path, sandbox: Any, tmp_path: Path) -> None:
    graph = read_dockerfile(path.read_bytes())
    if graph.syntax is not None:
        sandbox.warm(["docker/dockerfile"])  # otherwise made by a build on its first use
    answer = sandbox.docker(
        "buildx", "build", "--call=targets,format=json", "-f", str(path), str(tmp_path)
    )
    targets = json.loads(answer.stdout)["targets"]

    # Of two stages with one name, the earlier one has its line behind the name.
    names = [s.name.partition(" ")[0] if s.named else None for s in graph.stages]
    assert names == [target.get("name") for target in targets]
    assert [target.get("default", False) for target in targets] == [
        stage is graph.stages[-1] for stage in graph.stages
    ]
    for stage, target in zip(graph.stages, targets, strict=True):
        lines = target["location"]["ranges"]
        first = stage.instructions[0]
        assert first.first_line == lines[0]["start"]["line"]
        assert first.last_line == lines[-1]["end"]["line"]
        # BuildKit lists arguments as they are written, and names of stages in any case.
        if "$" not in target["base"]:
            assert stage.base.partition(" ")[0] == target["base"]
        if "$" not in target.get("platform", "$"):
            assert stage.platform == target["platform"]
