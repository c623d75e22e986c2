"""Lanes, rows and the states of stages: the same while a build runs and after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.live.live_state import final_state, running_state
from sandbox.live.message import state_message
from sandbox.model.build import Build
from sandbox.model.lanes import Part, lane_key, lanes_of, rows_of
from sandbox.model.stage_state import stage_states
from sandbox.model.vertex import Interval, State, Vertex, VertexKind
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.rawjson import read_trace
from sandbox.views.timeline_lanes import cut

TRACES = Path(__file__).parents[3] / "data" / "traces"
NAMES = sorted(path.stem for path in TRACES.glob("*.jsonl"))
START = datetime(2026, 1, 1, tzinfo=UTC)


def vertex(digest: str, *spans: tuple[float, float], completed: bool = True) -> Vertex:
    return Vertex(
        digest=digest, name="", inputs=(), kind=VertexKind.RUN, stage="a", platform=None,
        build_platform=None, instruction="", cached=False, completed=completed, error=None,
        intervals=tuple(
            Interval(START + timedelta(seconds=start), START + timedelta(seconds=end))
            for start, end in spans
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_live_view_ends_as_the_picture_is(name: str, recorded: Callable[[str], Build]) -> None:
    build = recorded(name)
    message = state_message(final_state(build), build.graph, [])
    lanes = cut(build).lanes
    live = [lane for n, lane in enumerate(message["lanes"]) if lane["stage"] or n in
            {bar["lane"] for bar in message["bars"]}]  # fmt: skip
    assert [(lane["label"], lane["platform"] or None, lane["state"] or None) for lane in live] == [
        (lane.label, lane.platform, lane.state) for lane in lanes
    ]
    rows = {bar["id"]: bar["row"] for bar in message["bars"]}
    numbers = {v.digest: n for n, v in enumerate(build.trace.vertexes)}
    for lane in lanes:
        for bar in lane.bars:
            assert rows[numbers[bar.vertex.digest]] == bar.row


@pytest.mark.parametrize("name", NAMES)
def test_what_ended_while_the_build_ran_is_the_same_at_its_end(
    name: str, recorded: Callable[[str], Build]
) -> None:
    build = recorded(name)
    running = stage_states(build.trace, build.graph, None, ok=None)
    assert list(running) == list(build.stage_states())
    for stage, state in build.stage_states().items():
        if running[stage] not in (State.WAITING, State.RUNNING):
            assert running[stage] is state


def test_a_stage_that_is_a_base_image_alone_does_not_change_its_word_at_the_end() -> None:
    """It was said to have run while the build did, and had another state afterwards."""
    graph = read_dockerfile("FROM lab/go AS go\nFROM lab/busybox\nRUN x\nCOPY --from=go 1 2")
    source = replace(vertex("1", (0, 1)), kind=VertexKind.SOURCE, stage="go")
    work = replace(vertex("2", (1, 2)), stage="stage-1")
    trace = replace(read_trace(()), vertexes=(source, work))
    for ok in (None, True):
        assert stage_states(trace, graph, None, ok=ok)["go"] is State.IDLE


def test_a_platform_may_be_further_than_the_stage(recorded: Callable[[str], Build]) -> None:
    build = recorded("platforms")
    behind = {
        v.digest: replace(v, intervals=(), completed=False)
        for v in build.trace.vertexes
        if v.stage == "builder" and v.platform == "linux/arm64"
    }
    vertexes = tuple(behind.get(v.digest, v) for v in build.trace.vertexes)
    trace = replace(build.trace, vertexes=vertexes)
    moment = running_state(trace, build.graph, None, now=START)
    lanes = state_message(moment, build.graph, [])["lanes"]
    states = {lane["platform"]: lane["state"] for lane in lanes if lane["label"] == "builder"}
    assert states == {"linux/amd64": "ran", "linux/arm64": "waiting"}


def test_a_vertex_stays_in_its_row_and_others_at_work_meanwhile_lie_below() -> None:
    again, short, late = vertex("a", (0, 1), (5, 6)), vertex("b", (2, 3)), vertex("c", (7, 8))
    assert rows_of([late, short, again], is_over=True) == {"a": 0, "b": 1, "c": 0}


def test_a_running_vertex_keeps_its_row_to_itself() -> None:
    running, later = vertex("a", (0, 1), completed=False), vertex("b", (2, 3))
    assert rows_of([running, later], is_over=False) == {"a": 0, "b": 1}
    assert rows_of([running, later], is_over=True) == {"a": 0, "b": 0}


def test_rows_are_few_however_many_are_at_work() -> None:
    assert max(rows_of([vertex(str(n), (n, 100)) for n in range(50)], is_over=True).values()) == 5


def test_lanes_stand_in_the_order_of_the_dockerfile_with_those_that_never_began() -> None:
    seen = [vertex("1", (0, 1)), replace(vertex("2", (0, 1)), stage="b")]
    lanes = lanes_of(seen, ["b", "never", "a"])
    assert [lane.key.name for lane in lanes] == ["b", "never", "a"]
    assert {lane.key.part for lane in lanes} == {Part.STAGE}
    assert lane_key(replace(seen[0], kind=VertexKind.EXPORT, stage=None)).name == "export"
