"""What is sent to the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.build.failures.explain import explain
from sandbox.build.running_trace import RunningTrace
from sandbox.live.live_state import cancelled_build, final_state, running_state
from sandbox.live.message import state_message, transferred
from sandbox.live.plan import lay_out_stages
from sandbox.model.build import Build
from sandbox.model.vertex import Transfer
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.views import timeline
from sandbox.views.placement import MOST_STAGES

from ..model.by_hand import build, span, vertex

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRACES = Path(__file__).parents[3] / "data" / "traces"
DOCKERFILES = {"cached": "parallel", "lost-cache": "warnings", "lost-export": "warnings"}
NAMES = sorted(path.stem for path in TRACES.glob("*.jsonl"))


def messages(name: str) -> list[dict[str, Any]]:
    """The message after each line of a recorded build, and the one at its end."""
    dockerfile = TRACES / f"{DOCKERFILES.get(name, name)}.Dockerfile"
    graph = read_dockerfile(dockerfile.read_bytes())
    plan = lay_out_stages(graph, None)
    images = [(image["id"], image["name"]) for image in plan.images]
    running = RunningTrace(graph)
    found = []
    for line in (TRACES / f"{name}.jsonl").read_text().splitlines():
        running.read_line(line)
        moment = running_state(running.trace(), graph, None, now=NOW)
        found.append(state_message(moment, graph, images))
    end = final_state(cancelled_build(running.trace(), graph, None, now=NOW))
    return [*found, state_message(end, graph, images, notes=("a note",))]


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_build_can_be_sent_at_every_moment(name: str) -> None:
    for message in messages(name):
        assert json.loads(json.dumps(message)) == message
        lanes = range(len(message["lanes"]))
        assert all(bar["lane"] in lanes for bar in message["bars"])
        running = {bar["id"] for bar in message["bars"] if bar["state"] == "running"}
        assert running == {bar["id"] for bar in message["bars"] if bar["spans"][-1][1] is None}


@pytest.mark.parametrize("name", NAMES)
def test_lanes_keep_their_order(name: str) -> None:
    def stages(message: dict[str, Any]) -> list[str]:
        return list(dict.fromkeys(lane["label"] for lane in message["lanes"] if lane["stage"]))

    first, *rest = messages(name)
    for message in rest:
        assert stages(message) == stages(first)


def test_what_belongs_to_no_stage_stands_where_it_happens() -> None:
    lanes = [lane["label"] for lane in messages("scanned")[-1]["lanes"]]
    assert lanes == ["set-up", "base images", *["build"] * 2, *["stage-1"] * 2, *lanes[-2:]]
    assert lanes[-2:] == ["SBOM scan", "export"]


def test_bars_at_the_same_time_are_in_different_rows() -> None:
    last = messages("parallel")[-1]
    for lane in range(len(last["lanes"])):
        bars = [bar for bar in last["bars"] if bar["lane"] == lane]
        for one in bars:
            for other in bars:
                if one["id"] < other["id"] and one["row"] == other["row"]:
                    assert (
                        one["spans"][-1][1] <= other["spans"][0][0]
                        or other["spans"][-1][1] <= one["spans"][0][0]
                    )


def test_the_critical_path_is_marked_at_the_end_and_not_before() -> None:
    *before, last = messages("parallel")
    assert not any(bar["critical"] for message in before for bar in message["bars"])
    critical = [bar["name"] for bar in last["bars"] if bar["critical"]]
    assert any(name.startswith("RUN for n in 1 2 3") for name in critical)
    assert not any(name.startswith("RUN sleep 1") for name in critical)


def test_platforms_have_lanes_of_their_own_and_runs_a_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "sandbox.live.live_state.machine", lambda: "x86_64"
    )  # where it was recorded
    last = messages("platforms")[-1]
    lanes = [(lane["label"], lane["platform"]) for lane in last["lanes"] if lane["stage"]]
    assert lanes == [
        (stage, platform)
        for stage in ("builder", "stage-1")
        for platform in ("linux/amd64", "linux/arm64")
    ]
    marks = {bar["mark"] for bar in last["bars"]}
    assert marks == {"", "cross-compiled", "emulated"}


def test_a_base_image_shows_what_was_fetched() -> None:
    images = {image["id"]: image for image in messages("downloads")[-1]["images"]}
    assert any(image["bytes"] == "216 kB of 216 kB" for image in images.values())


def test_the_sentence_and_the_notes() -> None:
    first, *_, last = messages("failing")
    assert first["say"].startswith("The build is running")
    assert last["say"].startswith("The build was cancelled")
    assert "failed: bad" in last["say"]
    assert last["notes"] == ["a note"]


@pytest.mark.parametrize(
    ("transfers", "told"),
    [
        ([], None),
        ([Transfer("a", 0, None)], None),
        ([Transfer("a", 500, 1000), Transfer("b", 250, 1000)], (0.375, "750 B of 2.0 kB")),
        ([Transfer("a", 500, None), Transfer("b", 250, 1000)], (None, "750 B")),
        ([Transfer("a", 1500, 1000)], (1.0, "1.5 kB of 1.0 kB")),
    ],
)
def test_bytes_in_words(transfers: list[Transfer], told: tuple[float | None, str] | None) -> None:
    assert transferred(transfers) == told


def test_boxes_do_not_overlap_and_arrows_know_their_kind() -> None:
    graph = read_dockerfile((TRACES / "parallel.Dockerfile").read_bytes())
    plan = lay_out_stages(graph, None)
    assert [box["name"] for box in plan.boxes] == [stage.name for stage in graph.stages]
    assert [box["name"] for box in plan.boxes if box["target"]] == ["stage-4"]
    assert {arrow["kind"] for arrow in plan.arrows} == {"from", "copy", "mount"}
    boxes = [*plan.boxes, *plan.images]
    for one in boxes:
        assert one["x"] + one["width"] <= plan.width_px + 0.1
        assert one["y"] + one["height"] <= plan.height_px + 0.1
        for other in boxes:
            if one is not other:
                assert (
                    one["x"] + one["width"] <= other["x"]
                    or other["x"] + other["width"] <= one["x"]
                    or one["y"] + one["height"] <= other["y"]
                    or other["y"] + other["height"] <= one["y"]
                )


def test_a_machine_without_graphviz_gets_boxes_and_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    graph = read_dockerfile((TRACES / "parallel.Dockerfile").read_bytes())
    plan = lay_out_stages(graph, None)
    assert len(plan.boxes) == len(graph.stages)
    assert plan.arrows == ()
    assert "Graphviz" in plan.note


def test_too_many_stages_are_not_all_drawn() -> None:
    count = MOST_STAGES + 5
    text = "".join(f"FROM scratch AS s{number}\n" for number in range(count))
    plan = lay_out_stages(read_dockerfile(text.encode()), None)
    assert len(plan.boxes) == MOST_STAGES
    assert f"of {count} stages" in plan.note


def test_without_a_dockerfile_there_is_only_the_timeline() -> None:
    assert lay_out_stages(None, None).boxes == ()


def test_a_stage_of_which_a_part_was_cached_says_so() -> None:
    half = build(
        vertex("1", span(0, 0), cached=True),
        vertex("2", span(0, 3)),
        vertex("3", span(0, 0), cached=True, stage="b"),
    )
    stages = state_message(final_state(half), None, ())["stages"]
    assert [stage["cached"] for stage in stages] == ["1 of 2 cached", ""]


def test_a_cached_stage_is_called_so_on_every_platform() -> None:
    platforms = ("linux/amd64", "linux/arm64")
    cached = [
        replace(vertex(one, span(0, 0), cached=True), name=f"[{one} a 1/1] RUN x", platform=one)
        for one in platforms
    ]
    ran = replace(vertex("3", span(0, 1), stage="b"), platform="linux/amd64")
    both = build(*cached, ran)
    lanes = state_message(final_state(both), None, ())["lanes"]
    assert [lane["state"] for lane in lanes if lane["stage"]] == ["cached", "cached", "ran"]
    # The column of seconds has the word, and the legend.
    assert len(re.findall(r"<text[^>]*>cached<", timeline(both).svg)) == 3
    assert timeline(both).text.count("cached") == 2


def test_a_base_image_is_fetched_or_has_nothing_to_do() -> None:
    images = {
        (image["state"], image["word"])
        for name in ("parallel", "cached", "downloads")
        for image in messages(name)[-1]["images"]
    }
    assert images == {("nothing to do", "nothing to do"), ("ran", "fetched")}


def test_time_for_a_cache_mount_is_no_work() -> None:
    last = messages("locked")[-1]
    (waiting,) = [bar for bar in last["bars"] if bar["waits"]]
    assert waiting["waits"][-1][1] == waiting["spans"][0][0]


def test_what_failed_in_a_build_that_succeeded_is_said(recorded: Callable[[str], Build]) -> None:
    lost = recorded("lost-export")
    message = state_message(final_state(lost), lost.graph, ())
    assert [lane["state"] for lane in message["lanes"] if lane["label"] == "export"] == ["failed"]
    (note,) = message["notes"]
    assert note.startswith("exporting cache to registry failed: error writing layer blob")


def test_a_stage_without_a_name_is_explained() -> None:
    plan = lay_out_stages(read_dockerfile("FROM x AS a\nFROM x\nRUN y\n"), None)
    assert [box["named"] for box in plan.boxes] == [True, False]
    assert plan.note == "stage-1 has no name in the Dockerfile: BuildKit counts stages from 0."


def test_a_failed_build_says_why_above_its_pictures(recorded: Callable[[str], Build]) -> None:
    failing = recorded("failing")
    known = explain(failing, None)
    message = state_message(final_state(failing), failing.graph, (), known=known)
    assert message["has_begun"] is True
    assert message["say"].startswith("The build failed in line 5 of failing.Dockerfile, ")
    failure = message["failure"]
    assert failure["headline"] == "The build failed in line 5 of failing.Dockerfile"
    assert [line["text"] for line in failure["lines"] if line["marked"]] == [known.instruction]
    assert [label for label, _ in failure["facts"]] == ["Message", "Next"]
    assert messages("parallel")[-1]["failure"] is None


def test_a_build_that_was_refused_has_begun_nothing() -> None:
    refused = build()
    assert state_message(final_state(refused), None, ())["has_begun"] is False
