"""One word for one state, in every text and picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.live.live_state import final_state
from sandbox.live.message import state_message
from sandbox.live.plan import lay_out_stages
from sandbox.model.build import Build
from sandbox.model.comparison import compare
from sandbox.model.outcome import outcome
from sandbox.model.vertex import State
from sandbox.views import comparison_picture, llb_graph, stage_graph, timeline


@pytest.mark.parametrize(
    ("state", "duration_s", "is_image", "told"),
    [
        (State.RAN, 1.7, False, "ran 1.70 s"),
        (State.RAN, 1.7, True, "fetched 1.70 s"),
        (State.RAN, None, False, "ran"),
        (State.CACHED, 1.7, False, "cached"),
        (State.IDLE, 1.7, True, "nothing to do"),
        (State.FAILED, 0.2, True, "failed 0.20 s"),
    ],
)
def test_seconds_stand_where_there_was_work(
    state: State, duration_s: float | None, is_image: bool, told: str
) -> None:
    assert outcome(state, duration_s, is_image=is_image) == told


def test_a_fetched_image_is_called_so_everywhere(recorded: Callable[[str], Build]) -> None:
    build = recorded("downloads")
    assert build.graph is not None
    images = [(i["id"], i["name"]) for i in lay_out_stages(build.graph, None).images]
    live = state_message(final_state(build), build.graph, images)
    (image,) = (one for one in live["images"] if one["bytes"])
    assert image["word"] == "fetched"
    assert "fetched" in {bar["word"] for bar in live["bars"]}
    graph = stage_graph(build.graph, build)
    assert "image lab/recorded-base: fetched<" in graph.svg
    assert "lab/recorded-base fetched" in graph.text
    assert "FROM lab/recorded-base:latest: fetched, " in timeline(build).svg
    for picture in (llb_graph(build), comparison_picture(compare(build, build))):
        assert "fetched 0.26 s" in picture.svg
        assert "fetched 0.26 s" in picture.text
