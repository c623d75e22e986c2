"""Notes on a build that BuildKit does not keep, stored beside the build's raw lines.

BuildKit's own records hold vertices, times, logs and, for a successful build, the Dockerfile.
They do not hold the typed command line, nor the Dockerfile of a failed build. ``note.json``
holds these two, in the folder of the build's ``trace.rawjson``.
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
    """The lab's own record of one build.

    Args:
        command: The typed command line; None when it was not noted.
        graph: The Dockerfile's stages at the time of the build; None when they were not noted.
        raw_path: The file of raw lines.
    """

    command: tuple[str, ...] | None
    graph: StageGraph | None
    raw_path: Path


def note(build: Build) -> None:
    """Write the note of a build beside its raw lines, if these were kept; ignore a full disk."""
    if build.log_path is None:
        return
    values = {
        "command": build.command,
        "graph": None if build.graph is None else asdict(build.graph),
    }
    try:
        build.log_path.with_name(_NOTE).write_text(json.dumps(values), encoding="utf-8")
    except OSError:
        # The build itself is complete; only its history will show less.
        return


def find_note(builds: Path, digests: frozenset[str]) -> Note | None:
    """The lab's own record of the build that had these vertices; None when there is none.

    The digest of the vertex that loads the Dockerfile is unique to a build, because it is made
    from the client's session.

    Args:
        builds: The folder with a folder for each build.
        digests: Digests of the vertices that load files from the client.
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
        # An earlier version wrote the note, or the note is incomplete.
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
