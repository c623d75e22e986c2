"""What a running build is said to be doing, read from recorded builds cut off in the middle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.live.live_state import LiveReader, LiveState, Mark, Phase, mark_of, vertex_phase
from sandbox.model.stage_graph import StageGraph
from sandbox.model.vertex import Transfer, Vertex, VertexKind
from sandbox.parse.dockerfile import read_dockerfile

TRACES = Path(__file__).parents[3] / "data" / "traces"
START = datetime(2026, 1, 1, tzinfo=UTC)


def graph_of(name: str) -> StageGraph:
    return read_dockerfile((TRACES / f"{name}.Dockerfile").read_bytes())


def moments(trace: str, dockerfile: str, target: str | None = None) -> Iterator[LiveState]:
    """The build after each of its lines."""
    reader = LiveReader(graph_of(dockerfile), target)
    for line in (TRACES / f"{trace}.jsonl").read_text().splitlines():
        reader.feed(line)
        yield reader.state()


def history(states: Iterator[LiveState], stage: str) -> list[str]:
    """What a stage was, each time it became something else."""
    seen: list[str] = []
    for state in states:
        (phase,) = (one.phase.value for one in state.stages if one.name == stage)
        if seen[-1:] != [phase]:
            seen.append(phase)
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
        ("parallel", "parallel", "api", ["waiting", "running", "done"]),
        ("parallel", "parallel", "test", ["waiting", "skipped"]),
        ("parallel", "parallel", "stage-4", ["waiting", "running", "done"]),
        ("cached", "parallel", "api", ["waiting", "cached"]),
        ("failing", "failing", "bad", ["waiting", "running", "failed"]),
        ("failing", "failing", "good", ["waiting", "running", "cancelled"]),
        ("platforms", "platforms", "builder", ["waiting", "running", "done"]),
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
    reader = LiveReader(graph_of(dockerfile), None)
    for raw in (TRACES / f"{trace}.jsonl").read_text().splitlines():
        reader.feed(raw)
    state = reader.over(None)
    phases = {one.phase for one in (*state.stages, *state.vertexes)}
    assert not phases & {Phase.RUNNING, Phase.WAITING}


def test_a_vertex_at_work_is_running_however_long_it_is_silent() -> None:
    reader = LiveReader(None, None, clock=lambda: START + timedelta(seconds=60))
    reader.feed(line(started=at(0)))
    state = reader.state()
    assert state.vertexes[0].phase is Phase.RUNNING
    assert state.elapsed_s == 60
    reader.feed(line(started=at(0), completed=at(61)))
    assert reader.state().vertexes[0].phase is Phase.DONE


def test_a_vertex_that_begins_again_is_running_again() -> None:
    reader = LiveReader(None, None)
    reader.feed(line(started=at(0), completed=at(1)))
    reader.feed(line(started=at(2)))
    assert reader.state().vertexes[0].phase is Phase.RUNNING


def test_an_interrupted_build_is_cancelled_where_it_was() -> None:
    reader = LiveReader(None, None)
    reader.feed(line(started=at(0)))
    state = reader.over(None)
    assert state.phase is Phase.CANCELLED
    assert state.vertexes[0].phase is Phase.CANCELLED
    assert reader.cancelled().exit_code == 130


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

    for inputs, phase in ((["1"], Phase.RUNNING), (["1", "3"], Phase.WAITING)):
        reader = LiveReader(None, None)
        reader.feed(two(inputs))
        assert reader.state().stages[0].phase is phase


def test_bytes_belong_to_the_stage_that_waits_for_them() -> None:
    reader = LiveReader(None, None)
    reader.feed(line(name="[a 1/2] FROM lab/go", started=at(0)))
    blob = {"id": "sha256:b", "vertex": "sha256:a", "current": 5, "total": 20}
    reader.feed(json.dumps({"statuses": [blob]}))
    (stage,) = reader.state().stages
    assert stage.transfers == (Transfer("sha256:b", 5, 20),)
    assert stage.phase is Phase.RUNNING


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
    assert vertex_phase(never) is Phase.WAITING
    assert vertex_phase(never, is_over=True) is Phase.SKIPPED
