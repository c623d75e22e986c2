"""The words for each stage, for pictures and for their text twins."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model.build import Build
from sandbox.model.outcome import cached_part, outcome
from sandbox.model.stage_graph import Stage, StageGraph
from sandbox.model.stage_state import image_state
from sandbox.model.vertex import WORK, State
from sandbox.wording import counted, seconds


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of a graph.

    Args:
        stage: The stage.
        state: Its state, None before a build.
        outcome: The state in words, with seconds; empty before a build.
        size: How many instructions it has, in words.
        is_target: Whether a build makes this stage.
    """

    stage: Stage
    state: State | None
    outcome: str
    size: str
    is_target: bool


def stage_rows(graph: StageGraph, build: Build | None) -> list[StageRow]:
    """A row for each stage, in the order of the Dockerfile."""
    target = target_of(graph, build.target if build is not None else None)
    states = build.stage_states() if build is not None else {}
    rows = []
    for stage in graph.stages:
        state = states[stage.name] if build is not None else None
        count = len(stage.instructions) - 1
        rows.append(
            StageRow(
                stage=stage,
                state=state,
                outcome=_outcome(build, stage.name, state) if build and state else "",
                size=counted(count, "instruction"),
                is_target=stage.index == target,
            )
        )
    return rows


def image_rows(graph: StageGraph, build: Build) -> list[tuple[str, State]]:
    """Each base image of the Dockerfile, and its state."""
    return [(image, image_state(build.trace, image, ok=build.ok)) for image in graph.images]


def summary(graph: StageGraph, build: Build | None) -> str:
    """A graph, or a build of it, in one or two sentences."""
    stages = counted(len(graph.stages), "stage")
    target = target_of(graph, build.target if build is not None else None)
    if target is None:
        return f"{stages}."
    name = graph.stages[target].name
    if build is None:
        return f"{stages}; a build makes {name} unless told otherwise."
    found = build.stage_states()
    states = [found[stage.name] for stage in graph.stages]
    counts = [f"{states.count(s)} {s.value}" for s in State if s in states]
    took = seconds(build.trace.real_s)
    ended = f"Made {name} in {took}" if build.ok else f"Ended after {took}, without {name}"
    return f"{stages}: {', '.join(counts)}. {ended}."


def unnamed_note(graph: StageGraph) -> str:
    """A sentence on the names that BuildKit gives to stages without one; empty without any."""
    names = [stage.name for stage in graph.stages if not stage.named]
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]} has no name in the Dockerfile: BuildKit counts stages from 0."
    return (
        f"{', '.join(names[:-1])} and {names[-1]} have no names in the Dockerfile: BuildKit "
        "counts stages from 0."
    )


def target_of(graph: StageGraph, target: str | None) -> int | None:
    """The index of the stage that a build makes: ``target``, or the last stage; None: no stage."""
    try:
        last = graph.stages[-1].index if graph.stages else None
        return graph.stage(target).index if target else last
    except KeyError:
        return None


def _outcome(build: Build, name: str, state: State) -> str:
    work = [vertex for vertex in build.trace.of_stage(name) if vertex.kind in WORK]
    busy_s = build.trace.busy_s(name)
    told = outcome(state, busy_s if work else None)
    if not state.has_seconds or not work:
        return told
    cached = sum(vertex.state is State.CACHED for vertex in work)
    return ", ".join(filter(None, [told, cached_part(cached, len(work))]))
