"""Turns a ``LiveState`` into JSON for the browser: all texts are made here, the browser draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sandbox.live.live_state import LiveStage, LiveState, LiveVertex, Phase
from sandbox.model.explanation import Explanation
from sandbox.model.lanes import MOST_LANES, Lane, Part, lane_state, lanes_of, rows_of
from sandbox.model.outcome import cached_part, state_word
from sandbox.model.stage_graph import StageGraph
from sandbox.model.stage_state import image_sources, image_state
from sandbox.model.vertex import State, Transfer
from sandbox.views.failure_picture import failure_facts, source_lines
from sandbox.wording import brief, printable, short, size

_HEADS = {
    Phase.RUNNING: "Building",
    Phase.DONE: "Built in",
    Phase.FAILED: "Failed after",
    Phase.CANCELLED: "Cancelled after",
}
_SENTENCES = {
    Phase.RUNNING: "The build is running",
    Phase.DONE: "The build is done",
    Phase.FAILED: "The build failed",
    Phase.CANCELLED: "The build was cancelled",
}


def state_message(
    state: LiveState,
    graph: StageGraph | None,
    image_ids: Sequence[tuple[str, str]],
    *,
    notes: Sequence[str] = (),
    known: Explanation | None = None,
) -> dict[str, Any]:
    """Everything that the view shows at one moment.

    Args:
        state: The moment.
        graph: The Dockerfile's stages, None when unknown.
        image_ids: Id and name of each base image that is drawn.
        notes: Lines to be shown below the pictures.
        known: Why the build failed; None when it did not.
    """
    is_over = state.phase is not Phase.RUNNING
    critical: set[str] = set()
    if is_over and state.trace.real_s > 0:
        critical = {vertex.digest for vertex in state.trace.critical_path()}
    stages = {stage.name: stage.state for stage in state.stages}
    lanes = lanes_of(state.trace.vertexes, tuple(stages))[:MOST_LANES]
    done = sum(vertex.completed for vertex in state.trace.vertexes)
    index = {} if graph is None else {stage.name: stage.index for stage in graph.stages}
    live = {one.vertex.digest: one for one in state.vertexes}
    states = {one.vertex.digest: one.state for one in state.vertexes}
    return {
        "phase": state.phase.value,
        "over": is_over,
        "head": _HEADS[state.phase],
        "elapsed": _exact(state.elapsed_s),
        "done": done,
        "total": len(state.trace.vertexes),
        "stages": [_stage(state, stage, index.get(stage.name)) for stage in state.stages],
        "images": [_image(state, *image) for image in image_ids],
        "lanes": [_lane(lane, lane_state(lane, stages, states, ok=state.ok)) for lane in lanes],
        "bars": [
            bar
            for number, lane in enumerate(lanes)
            for bar in _bars(lane, number, state, live, critical)
        ],
        "say": sentence(state, known),
        "failure": _failure(known) if known is not None else None,
        "has_begun": state.trace.has_begun,
        "notes": [printable(note) for note in (*_failures(state), *notes)],
    }


def _failures(state: LiveState) -> list[str]:
    """What failed although the build succeeded."""
    failed = state.trace.failed_transfers if state.phase is Phase.DONE else ()
    return [f"{vertex.instruction} failed: {vertex.error}" for vertex in failed]


def _failure(known: Explanation) -> dict[str, Any]:
    """What stands above the pictures of a failed build."""
    return {
        "headline": printable(known.headline),
        "lines": [
            {"number": line.number, "text": line.text.rstrip(), "marked": line.is_marked}
            for line in source_lines(known)
        ],
        "facts": [[label, text] for label, text in failure_facts(known, has_log=True)],
    }


def sentence(state: LiveState, known: Explanation | None = None) -> str:
    """The moment in words, for people who cannot see it: the progress, and the stages by state."""
    done = sum(vertex.completed for vertex in state.trace.vertexes)
    by_state = {
        each: [printable(stage.name) for stage in state.stages if stage.state is each]
        for each in State
    }
    parts = [f"{each.value}: {', '.join(names)}" for each, names in by_state.items() if names]
    stages = f" Stages {'; '.join(parts)}." if parts else ""
    what = known.headline if known is not None else _SENTENCES[state.phase]
    return f"{what}, {done} of {len(state.trace.vertexes)} vertices.{stages}"


def _stage(state: LiveState, stage: LiveStage, index: int | None) -> dict[str, Any]:
    moved = transferred(stage.transfers)
    share = moved[0] if moved else None
    if share is None and not moved and stage.total:
        share = stage.done / stage.total
    return {
        "id": None if index is None else f"s{index}",
        "name": printable(stage.name),
        "state": stage.state.value,
        "timed": stage.state.has_seconds,
        "cached": cached_part(stage.cached, stage.total),
        "done": stage.done,
        "total": stage.total,
        "busy": _exact(state.trace.busy_s(stage.name)),
        "share": None if share is None else round(share, 3),
        "bytes": moved[1] if moved else "",
    }


def _image(state: LiveState, identity: str, name: str) -> dict[str, Any]:
    """A base image, whose state comes from the vertices that fetch it, one for each platform."""
    sources = {vertex.digest: vertex for vertex in image_sources(state.trace, name)}
    found = image_state(state.trace, name, ok=state.ok)
    moved = transferred(t for vertex in sources.values() for t in vertex.transfers)
    share = moved[0] if moved else None
    return {
        "id": identity,
        "state": found.value,
        "word": state_word(found, is_image=True),
        "share": None if share is None else round(share, 3),
        "bytes": moved[1] if moved else "",
        "bars": [one.number for one in state.vertexes if one.vertex.digest in sources],
    }


def transferred(transfers: Iterable[Transfer]) -> tuple[float | None, str] | None:
    """The share of bytes that arrived (None: unknown), and the bytes in words; None: no bytes."""
    listed = [transfer for transfer in transfers if transfer.moved_bytes or transfer.total_bytes]
    if not listed:
        return None
    moved = sum(transfer.moved_bytes for transfer in listed)
    totals = [transfer.total_bytes for transfer in listed]
    total = sum(part for part in totals if part is not None)
    if None in totals or not total:
        return None, size(moved)
    return min(1.0, moved / total), f"{size(moved)} of {size(total)}"


def _lane(lane: Lane, state: State | None) -> dict[str, Any]:
    return {
        "label": printable(lane.key.name),
        "platform": lane.key.platform or "",
        "stage": lane.key.part is Part.STAGE,
        "state": state.value if state is not None else "",
    }


def _bars(
    lane: Lane, number: int, state: LiveState, live: dict[str, LiveVertex], critical: set[str]
) -> list[dict[str, Any]]:
    """One entry for each vertex that has begun, with the spans of time in which it ran."""
    rows = rows_of(lane.vertexes, is_over=state.ok is not None)
    bars = []
    for digest, row in rows.items():
        one = live[digest]
        assert state.origin is not None
        spans = [
            [_seconds(interval.start, state.origin), _seconds(interval.end, state.origin)]
            for interval in one.vertex.intervals
        ]
        if one.state is State.RUNNING:
            spans[-1][1] = None
        moved = transferred(one.vertex.transfers)
        bars.append(
            {
                "id": one.number,
                "lane": number,
                "row": row,
                "state": one.state.value,
                "word": state_word(one.state, is_image=one.vertex.is_image),
                "name": short(one.vertex.instruction),
                "label": brief(one.vertex.instruction),
                "stage": printable(lane.key.name) if lane.key.part is Part.STAGE else "",
                "place": one.vertex.place or 0,
                "spans": spans,
                "waits": [
                    [_seconds(wait.start, state.origin), _seconds(wait.end, state.origin)]
                    for wait in one.vertex.waited
                ],
                "mark": one.mark.value if one.mark is not None else "",
                "critical": digest in critical,
                "bytes": moved[1] if moved else "",
                "lines": one.lines,
            }
        )
    return bars


def _seconds(time: datetime, origin: datetime) -> float | None:
    return _exact((time - origin).total_seconds())


def _exact(value_s: float) -> float:
    """Seconds with all digits that BuildKit's times have, so that all readers round them alike."""
    return round(value_s, 6)
