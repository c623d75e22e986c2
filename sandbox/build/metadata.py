"""What BuildKit does not keep of a build, noted beside the build's raw lines.

BuildKit's own records hold vertexes, times, logs and, for a build that succeeded, the
Dockerfile. They do not hold the command line that was typed, nor the Dockerfile of a build
that failed; these are here, in ``note.json`` in the folder of the build's ``trace.rawjson``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.model.build import Build
from sandbox.model.stage_graph import Edge, EdgeKind, Instruction, Stage, StageGraph

_NOTE, _RAW = "note.json", "trace.rawjson"
_BEGINNING_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Note:
    """What the lab knows of one build.

    Args:
        command: As it was typed; None when it was not noted.
        graph: The Dockerfile's stages as they were then; None when they were not.
        raw_path: The file of raw lines.
    """

    command: tuple[str, ...] | None
    graph: StageGraph | None
    raw_path: Path


def note(build: Build) -> None:
    """Note a build beside its raw lines, if those were kept; a full disk is no error."""
    if build.log_path is None:
        return
    values = {
        "command": build.command,
        "graph": None if build.graph is None else asdict(build.graph),
    }
    try:
        build.log_path.with_name(_NOTE).write_text(json.dumps(values), encoding="utf-8")
    except OSError:
        # The build is done and well; its history will say a little less.
        return


def find_note(builds: Path, digests: frozenset[str]) -> Note | None:
    """The lab's own record of the build that had these vertexes, None when there is none.

    The vertex that loads the Dockerfile has a digest that no other build's has: it stands
    for the client's session.

    Args:
        builds: The folder with a folder for each build.
        digests: Of the vertexes that load what the client sends.
    """
    for raw_path in sorted(builds.glob(f"*/{_RAW}"), reverse=True):
        with raw_path.open("rb") as file:
            beginning = file.read(_BEGINNING_BYTES).decode("utf-8", "replace")
        if any(digest in beginning for digest in digests):
            return _read(raw_path)
    return None


def _read(raw_path: Path) -> Note:
    try:
        values = json.loads(raw_path.with_name(_NOTE).read_text(encoding="utf-8"))
        command = tuple(str(word) for word in values["command"])
        graph = _graph(values["graph"]) if values["graph"] is not None else None
    except (OSError, ValueError, TypeError, KeyError):
        # Kept by an earlier version, or cut short.
        return Note(None, None, raw_path)
    return Note(command, graph, raw_path)


def _graph(values: dict[str, Any]) -> StageGraph:
    return StageGraph(
        stages=tuple(
            Stage(
                **{
                    **stage,
                    "instructions": tuple(Instruction(**item) for item in stage["instructions"]),
                }
            )
            for stage in values["stages"]
        ),
        edges=tuple(
            Edge(edge["source"], edge["target"], EdgeKind(edge["kind"])) for edge in values["edges"]
        ),
        images=tuple(values["images"]),
        syntax=values["syntax"],
    )
