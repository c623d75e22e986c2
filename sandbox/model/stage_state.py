"""The state of a stage, from the states of its vertexes: one rule, during a build and after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sandbox.model.stage_graph import StageGraph
from sandbox.model.trace import Trace
from sandbox.model.vertex import WORK, State, Vertex, VertexKind
from sandbox.wording import short

_ENDED_WELL = (State.RAN, State.CACHED, State.IDLE)
_WORST_IMAGE_FIRST = (
    *(State.FAILED, State.RUNNING, State.WAITING),
    *(State.CANCELLED, State.RAN, State.IDLE),
)


def vertex_state(vertex: Vertex, *, is_over: bool) -> State:
    """The state of a vertex of a build that is over, or of one that is still running."""
    if is_over or vertex.error is not None or vertex.cached:
        return vertex.state
    if not vertex.intervals:
        return State.WAITING
    return State.RAN if vertex.completed else State.RUNNING


def stage_names(trace: Trace, graph: StageGraph | None) -> tuple[str, ...]:
    """All stages: those of the Dockerfile in its order, then others that BuildKit names."""
    written = () if graph is None else tuple(stage.name for stage in graph.stages)
    return tuple(dict.fromkeys((*written, *trace.stages)))


def stage_states(
    trace: Trace, graph: StageGraph | None, target: str | None, *, ok: bool | None
) -> dict[str, State]:
    """The state of every stage, in the order of ``stage_names``.

    Args:
        trace: What BuildKit has reported so far.
        graph: The Dockerfile's stages, None when unknown.
        target: The stage asked for, None for the default.
        ok: Whether the build succeeded; None while it is running.
    """
    groups: dict[str, list[Vertex]] = {name: [] for name in stage_names(trace, graph)}
    for vertex in trace.vertexes:
        if vertex.stage is not None:
            groups[vertex.stage].append(vertex)
    states = {v.digest: vertex_state(v, is_over=ok is not None) for v in trace.vertexes}
    needed = _needed(graph, target)
    # As soon as BuildKit has a plan, the stages that the target does not need are skipped.
    is_planned = ok is not None or any(vertex.kind in WORK for vertex in trace.vertexes)
    planned = {stage.name for stage in graph.stages} if graph is not None else set()
    found: dict[str, State] = {}
    for name, vertexes in groups.items():
        work = [vertex for vertex in vertexes if vertex.kind in WORK]
        sources = [states[v.digest] for v in vertexes if v.kind is VertexKind.SOURCE]
        if work:
            found[name] = state_of_work(work, states, ok=ok)
        elif sources:
            found[name] = _of_sources(sources)
        elif is_planned and needed is not None and name not in needed:
            found[name] = State.SKIPPED
        elif graph is None or needed is None or name not in planned:
            found[name] = _unknown(ok)
        else:
            found[name] = _of_base(name, graph, found, ok=ok)
    return found


def image_sources(trace: Trace, image: str) -> tuple[Vertex, ...]:
    """The vertices that provide a base image, one for each platform."""
    wanted = _reference(image)
    return tuple(
        vertex
        for vertex in trace.vertexes
        if vertex.kind is VertexKind.SOURCE
        and _reference(vertex.instruction.removeprefix("FROM ")) == wanted
    )


def image_state(trace: Trace, image: str, *, ok: bool | None) -> State:
    """The state of a base image: the worst of its platforms decides.

    Args:
        image: The name in the Dockerfile.
        ok: Whether the build succeeded; None while it is running.
    """
    states = [vertex_state(v, is_over=ok is not None) for v in image_sources(trace, image)]
    return next((state for state in _WORST_IMAGE_FIRST if state in states), _unknown(ok))


def state_of_work(
    vertexes: Sequence[Vertex], states: Mapping[str, State], *, ok: bool | None
) -> State:
    """The state of a stage, or of one platform of it, whose instructions are these vertices.

    The worst vertex decides. A stage that has begun is running between two of its
    instructions, and waiting when the next one needs a result that is not there yet.

    Args:
        vertexes: At least one.
        states: The state of each vertex of the build, by digest.
        ok: Whether the build succeeded; None while it is running.
    """
    own = [states[vertex.digest] for vertex in vertexes]
    for state in (State.FAILED, State.CANCELLED, State.RUNNING):
        if state in own:
            return state
    if State.WAITING in own:
        has_begun = any(state is not State.WAITING for state in own)
        waiting = (v for v in vertexes if states[v.digest] is State.WAITING)
        return State.RUNNING if has_begun and _is_any_ready(waiting, states) else State.WAITING
    if ok is False and State.RAN in own and State.SKIPPED in own:
        return State.CANCELLED  # the stage began, and was cut off between two instructions
    return next((state for state in _ENDED_WELL if state in own), State.SKIPPED)


def _is_any_ready(waiting: Iterable[Vertex], states: Mapping[str, State]) -> bool:
    """Whether any of the vertices has all its inputs; an unknown input counts as present."""
    return any(
        all(states.get(digest, State.RAN) in _ENDED_WELL for digest in vertex.inputs)
        for vertex in waiting
    )


def _of_sources(sources: Sequence[State]) -> State:
    """The state of a stage for which BuildKit reported its base image only; no instruction ran."""
    for state in (State.FAILED, State.CANCELLED, State.RUNNING, State.WAITING):
        if state in sources:
            return state
    return State.IDLE


def _of_base(name: str, graph: StageGraph, found: dict[str, State], *, ok: bool | None) -> State:
    """The state of a stage that BuildKit never named: the stage adds nothing to its base."""
    described = next(stage for stage in graph.stages if stage.name == name)
    keywords = {instruction.keyword.lower() for instruction in described.instructions}
    if ok is not None and keywords & {kind.value for kind in WORK}:
        return State.SKIPPED
    if described.base in {stage.name for stage in graph.stages[: described.index]}:
        return found.get(described.base, _unknown(ok))
    # The base image's vertex has the name of another stage with the same base.
    return State.IDLE if ok else _unknown(ok)


def _reference(image: str) -> str:
    return short(image).removesuffix(":latest")


def _unknown(ok: bool | None) -> State:
    return State.WAITING if ok is None else State.SKIPPED


def _needed(graph: StageGraph | None, target: str | None) -> frozenset[str] | None:
    """The needed stages; None if there is no Dockerfile, or the Dockerfile lacks the target."""
    try:
        return graph.needed(target) if graph is not None and graph.stages else None
    except KeyError:
        return None
