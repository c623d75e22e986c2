"""The text twins of every recorded build, letter by letter.

With RETELL=1 in the environment the texts are written anew, and the test fails all the
same: somebody has to read them first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.model.build import Build
from sandbox.model.comparison import compare as compare_builds
from sandbox.views import stage_graph_text, summary_picture, timeline_text

DATA = Path(__file__).parents[3] / "data"
NAMES = sorted(path.stem for path in (DATA / "traces").glob("*.jsonl"))


def compare(path: Path, text: str) -> None:
    if os.environ.get("RETELL"):
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path} was written: read it, then run again without RETELL")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_stage_graph(name: str, recorded: Callable[[str], Build]) -> None:
    build = recorded(name)
    assert build.graph is not None
    compare(DATA / "texts" / f"{name}.stage-graph.txt", stage_graph_text(build.graph, build))


@pytest.mark.parametrize("name", NAMES)
def test_timeline(name: str, recorded: Callable[[str], Build]) -> None:
    compare(DATA / "texts" / f"{name}.timeline.txt", timeline_text(recorded(name)))


def test_stage_graph_before_a_build(recorded: Callable[[str], Build]) -> None:
    graph = recorded("parallel").graph
    assert graph is not None
    compare(DATA / "texts" / "parallel.before.txt", stage_graph_text(graph))


@pytest.mark.parametrize("name", NAMES)
def test_llb(name: str, recorded: Callable[[str], Build]) -> None:
    compare(DATA / "texts" / f"{name}.llb.txt", str(recorded(name).llb()))


@pytest.mark.parametrize("name", NAMES)
def test_summary(name: str, recorded: Callable[[str], Build]) -> None:
    compare(DATA / "texts" / f"{name}.summary.txt", summary_picture(recorded(name)).text)


@pytest.mark.parametrize(
    ("cold", "warm"),
    [
        ("parallel", "cached"),
        ("warnings", "lost-cache"),
        ("platforms", "platforms"),
        ("scanned", "scanned"),
        ("downloads", "parallel"),
        ("cached", "failing"),
    ],
)
def test_comparison(cold: str, warm: str, recorded: Callable[[str], Build]) -> None:
    text = str(compare_builds(recorded(cold), recorded(warm)))
    compare(DATA / "texts" / f"{cold}-{warm}.comparison.txt", text)
