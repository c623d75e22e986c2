"""A ``LiveState`` as the JSON that the browser draws: texts are made here, pixels there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.live.live_state import LiveStage, LiveState, LiveVertex, Phase
from sandbox.model.stage_graph import StageGraph
from sandbox.model.vertex import Transfer, VertexKind
from sandbox.wording import printable, short, size

MOST_LANES = 60
_MOST_ROWS = 6
_SETUP, _BASES, _STAGE, _SCAN, _EXPORT = range(5)
_LABELS = {_SETUP: "set-up", _BASES: "base images", _SCAN: "SBOM scan", _EXPORT: "export"}
_PARTS = {VertexKind.SCAN: _SCAN, VertexKind.EXPORT: _EXPORT}


# Which part, the name, the platform.
_Key = tuple[int, str, str | None]


@dataclass(slots=True)
class _Lane:
    part: int
    name: str
    platform: str | None
    vertexes: list[LiveVertex] = field(default_factory=list)


def state_message(
    state: LiveState,
    graph: StageGraph | None,
    image_ids: Sequence[tuple[str, str]],
    *,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """The whole of a moment.

    Args:
        state: The moment.
        graph: As the reader has it.
        image_ids: Id and name of each base image that is drawn.
        notes: Lines to be shown below the pictures.
    """
    is_over = state.phase is not Phase.RUNNING
    critical: set[str] = set()
    if is_over and state.trace.real_s > 0:
        critical = {vertex.digest for vertex in state.trace.critical_path()}
    lanes = _lanes(state, graph)
    done = sum(vertex.completed for vertex in state.trace.vertexes)
    index = {} if graph is None else {stage.name: stage.index for stage in graph.stages}
    return {
        "phase": state.phase.value,
        "over": is_over,
        "elapsed": round(state.elapsed_s, 3),
        "done": done,
        "total": len(state.trace.vertexes),
        "stages": [_stage(state, stage, index.get(stage.name)) for stage in state.stages],
        "images": [_image(state, *image) for image in image_ids],
        "lanes": [_lane(state, lane) for lane in lanes[:MOST_LANES]],
        "bars": [
            bar
            for number, lane in enumerate(lanes[:MOST_LANES])
            for bar in _bars(lane, number, state.origin, critical)
        ],
        "say": sentence(state),
        "notes": [printable(note) for note in notes],
    }


def sentence(state: LiveState) -> str:
    """The moment in words, for who does not see it: what is running, how far it is."""
    done = sum(vertex.completed for vertex in state.trace.vertexes)
    by_phase = {
        phase: [printable(stage.name) for stage in state.stages if stage.phase is phase]
        for phase in Phase
    }
    parts = [f"{phase.value}: {', '.join(names)}" for phase, names in by_phase.items() if names]
    ended = {
        Phase.RUNNING: "The build is running",
        Phase.DONE: "The build is done",
        Phase.FAILED: "The build failed",
        Phase.CANCELLED: "The build was cancelled",
    }[state.phase]
    told = f" Stages {'; '.join(parts)}." if parts else ""
    return f"{ended}, {done} of {len(state.trace.vertexes)} vertexes.{told}"


def _stage(state: LiveState, stage: LiveStage, index: int | None) -> dict[str, Any]:
    moved = transferred(stage.transfers)
    share = moved[0] if moved else None
    if share is None and not moved and stage.total:
        share = stage.done / stage.total
    return {
        "id": None if index is None else f"s{index}",
        "name": printable(stage.name),
        "state": stage.phase.value,
        "done": stage.done,
        "total": stage.total,
        "busy": round(state.trace.busy_s(stage.name), 3),
        "share": None if share is None else round(share, 3),
        "bytes": moved[1] if moved else "",
    }


def _image(state: LiveState, identity: str, name: str) -> dict[str, Any]:
    """A base image is as the vertexes that fetch it, one for each platform."""
    wanted = _reference(name)
    sources = [
        one
        for one in state.vertexes
        if one.vertex.kind is VertexKind.SOURCE
        and _reference(one.vertex.instruction.removeprefix("FROM ")) == wanted
    ]
    phases = [one.phase for one in sources]
    order = (Phase.FAILED, Phase.RUNNING, Phase.WAITING, Phase.CANCELLED, Phase.DONE, Phase.CACHED)
    unseen = Phase.WAITING if state.phase is Phase.RUNNING else Phase.SKIPPED
    phase = next((phase for phase in order if phase in phases), unseen)
    moved = transferred(t for one in sources for t in one.vertex.transfers)
    share = moved[0] if moved else None
    return {
        "id": identity,
        "state": phase.value,
        "share": None if share is None else round(share, 3),
        "bytes": moved[1] if moved else "",
        "bars": [one.number for one in sources],
    }


def transferred(transfers: Iterable[Transfer]) -> tuple[float | None, str] | None:
    """How far the bytes are, from 0 to 1 (None: unknown), and in words; None without any."""
    listed = [transfer for transfer in transfers if transfer.moved_bytes or transfer.total_bytes]
    if not listed:
        return None
    moved = sum(transfer.moved_bytes for transfer in listed)
    totals = [transfer.total_bytes for transfer in listed]
    total = sum(part for part in totals if part is not None)
    if None in totals or not total:
        return None, size(moved)
    return min(1.0, moved / total), f"{size(moved)} of {size(total)}"


def _lanes(state: LiveState, graph: StageGraph | None) -> list[_Lane]:
    """In an order that stays: the Dockerfile's, and that of first mention for the rest."""
    lanes: dict[_Key, _Lane] = {}
    key: _Key
    for one in state.vertexes:
        vertex = one.vertex
        if vertex.kind is VertexKind.SOURCE:
            key = (_BASES, _LABELS[_BASES], None)
        elif vertex.stage is not None:
            key = (_STAGE, vertex.stage, vertex.platform)
        else:
            part = _PARTS.get(vertex.kind, _SETUP)
            key = (part, _LABELS[part], None)
        lanes.setdefault(key, _Lane(*key)).vertexes.append(one)
    order = {stage.name: place for place, stage in enumerate(state.stages)}
    mentioned = {name for part, name, _ in lanes if part == _STAGE}
    for name in order:
        if name not in mentioned:
            lanes[_STAGE, name, None] = _Lane(_STAGE, name, None)
    return sorted(
        lanes.values(), key=lambda lane: (lane.part, order.get(lane.name, 0), lane.platform or "")
    )


def _lane(state: LiveState, lane: _Lane) -> dict[str, Any]:
    phases = {stage.name: stage.phase for stage in state.stages}
    phase = phases.get(lane.name) if lane.part == _STAGE else None
    return {
        "label": printable(lane.name),
        "platform": lane.platform or "",
        "stage": lane.part == _STAGE,
        "state": phase.value if phase is not None else "",
    }


def _bars(
    lane: _Lane, number: int, origin: datetime | None, critical: set[str]
) -> list[dict[str, Any]]:
    """One entry a vertex that has begun; its spans are side by side or above one another."""
    begun = [one for one in lane.vertexes if one.vertex.intervals]
    begun.sort(key=lambda one: (one.vertex.intervals[0].start, one.number))
    free_from = [0.0] * _MOST_ROWS
    bars = []
    for one in begun:
        assert origin is not None
        spans: list[list[float | None]] = [
            [
                round((interval.start - origin).total_seconds(), 3),
                round((interval.end - origin).total_seconds(), 3),
            ]
            for interval in one.vertex.intervals
        ]
        first_s, last_s = spans[0][0] or 0.0, spans[-1][1] or 0.0
        if one.phase is Phase.RUNNING:
            spans[-1][1] = None
            last_s = float("inf")
        row = next((n for n, free in enumerate(free_from) if free <= first_s), _MOST_ROWS - 1)
        free_from[row] = max(free_from[row], last_s)
        moved = transferred(one.vertex.transfers)
        bars.append(
            {
                "id": one.number,
                "lane": number,
                "row": row,
                "state": one.phase.value,
                "name": short(one.vertex.instruction),
                "stage": printable(lane.name) if lane.part == _STAGE else "",
                "spans": spans,
                "mark": one.mark.value if one.mark is not None else "",
                "critical": one.vertex.digest in critical,
                "bytes": moved[1] if moved else "",
                "lines": one.lines,
            }
        )
    return bars


def _reference(image: str) -> str:
    return short(image).removesuffix(":latest")
