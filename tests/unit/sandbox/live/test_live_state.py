"""What a running build is said to be doing, read from recorded builds cut off in the middle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.build.running_trace import RunningTrace
from sandbox.live.live_state import (
    LiveState,
    Mark,
    Phase,
    cancelled_build,
    final_state,
    mark_of,
    running_state,
)
from sandbox.model.stage_graph import StageGraph
from sandbox.model.stage_state import vertex_state
from sandbox.model.vertex import State, Transfer, Vertex, VertexKind
from sandbox.parse.dockerfile import read_dockerfile

TRACES = Path(__file__).parents[3] / "data" / "traces"
START = datetime(2026, 1, 1, tzinfo=UTC)


def graph_of(name: str) -> StageGraph:
    return read_dockerfile((TRACES / f"{name}.Dockerfile").read_bytes())


def moments(trace: str, dockerfile: str, target: str | None = None) -> Iterator[LiveState]:
    """The build after each of its lines."""
    running = RunningTrace()
    graph = graph_of(dockerfile)
    for line in (TRACES / f"{trace}.jsonl").read_text().splitlines():
        running.read_line(line)
        yield running_state(running.trace(), graph, target, now=START)


def moment(*lines: str, after_s: float = 0) -> LiveState:
    """A build without a Dockerfile after these lines."""
    running = read(*lines)
    return running_state(running.trace(), None, None, now=START + timedelta(seconds=after_s))


def read(*lines: str) -> RunningTrace:
    running = RunningTrace()
    for line in lines:
        running.read_line(line)
    return running


def history(states: Iterator[LiveState], stage: str) -> list[str]:
    """What a stage was, each time it became something else."""
    seen: list[str] = []
    for state in states:
        (word,) = (one.state.value for one in state.stages if one.name == stage)
        if seen[-1:] != [word]:
            seen.append(word)
    return seen


def line(**vertex: object) -> str:
    return json.dumps({"vertexes": [{"digest": "sha256:a", "name": "[a 1/1] RUN x", **vertex}]})


def at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat()


def ran(platform: str | None, build_platform: str | None, kind: VertexKind) -> Vertex:
    return Vertex("a", "", (), kind, "s", platform, build_platform, "", (), False, True, None)


@pytest.mark.parametrize(
    ("trace", "dockerfile", "stage", "seen"),
    [
        ("parallel", "parallel", "api", ["waiting", "running", "ran"]),
        ("parallel", "parallel", "test", ["waiting", "skipped"]),
        ("parallel", "parallel", "stage-4", ["waiting", "running", "ran"]),
        ("cached", "parallel", "api", ["waiting", "cached"]),
        ("failing", "failing", "bad", ["waiting", "running", "failed"]),
        ("failing", "failing", "good", ["waiting", "running", "cancelled"]),
        ("platforms", "platforms", "builder", ["waiting", "running", "ran"]),
    ],
)
def test_stages_go_from_state_to_state(
    trace: str, dockerfile: str, stage: str, seen: list[str]
) -> None:
    assert history(moments(trace, dockerfile), stage) == seen


@pytest.mark.parametrize(
    ("trace", "dockerfile"),
    [("parallel", "parallel"), ("cached", "parallel"), ("downloads", "downloads")],
)
def test_at_the_end_nothing_runs_or_waits(trace: str, dockerfile: str) -> None:
    running = read(*(TRACES / f"{trace}.jsonl").read_text().splitlines())
    build = cancelled_build(running.trace(), graph_of(dockerfile), None, now=START)
    state = final_state(build)
    states = {one.state for one in (*state.stages, *state.vertexes)}
    assert not states & {State.RUNNING, State.WAITING}


def test_a_vertex_at_work_is_running_however_long_it_is_silent() -> None:
    state = moment(line(started=at(0)), after_s=60)
    assert state.vertexes[0].state is State.RUNNING
    assert state.elapsed_s == 60
    ended = moment(line(started=at(0)), line(started=at(0), completed=at(61)), after_s=60)
    assert ended.vertexes[0].state is State.RAN


def test_a_vertex_that_begins_again_is_running_again() -> None:
    state = moment(line(started=at(0), completed=at(1)), line(started=at(2)))
    assert state.vertexes[0].state is State.RUNNING


def test_an_interrupted_build_is_cancelled_where_it_was() -> None:
    build = cancelled_build(read(line(started=at(0))).trace(), None, None, now=START)
    state = final_state(build)
    assert state.phase is Phase.CANCELLED
    assert state.vertexes[0].state is State.CANCELLED
    assert build.exit_code == 130


def test_a_stage_between_two_instructions_runs_unless_it_waits_for_another_stage() -> None:
    def two(inputs: list[str]) -> str:
        return json.dumps(
            {
                "vertexes": [
                    {"digest": "1", "name": "[a 1/2] RUN x", "started": at(0), "completed": at(1)},
                    {"digest": "2", "name": "[a 2/2] COPY --from=b / /", "inputs": inputs},
                    {"digest": "3", "name": "[b 1/1] RUN y", "started": at(0)},
                ]
            }
        )

    for inputs, word in ((["1"], State.RUNNING), (["1", "3"], State.WAITING)):
        assert moment(two(inputs)).stages[0].state is word


def test_bytes_belong_to_the_stage_that_waits_for_them() -> None:
    blob = {"id": "sha256:b", "vertex": "sha256:a", "current": 5, "total": 20}
    (stage,) = moment(
        line(name="[a 1/2] FROM lab/go", started=at(0)), json.dumps({"statuses": [blob]})
    ).stages
    assert stage.transfers == (Transfer("sha256:b", 5, 20),)
    assert stage.state is State.RUNNING


@pytest.mark.parametrize(
    ("platform", "build_platform", "mark"),
    [
        (None, None, None),
        ("linux/amd64", None, None),
        ("linux/386", None, None),
        ("linux/arm64", None, Mark.EMULATED),
        ("linux/arm64", "linux/amd64", Mark.CROSS),
        ("linux/amd64", "linux/arm64", Mark.EMULATED),
    ],
)
def test_marks(platform: str | None, build_platform: str | None, mark: Mark | None) -> None:
    assert mark_of(ran(platform, build_platform, VertexKind.RUN), "amd64") is mark
    assert mark_of(ran(platform, build_platform, VertexKind.COPY), "amd64") is None


def test_a_vertex_that_was_never_begun_waits_and_then_is_skipped() -> None:
    never = Vertex("a", "", (), VertexKind.RUN, "s", None, None, "", (), False, False, None)
    assert vertex_state(never, is_over=False) is State.WAITING
    assert vertex_state(never, is_over=True) is State.SKIPPED
