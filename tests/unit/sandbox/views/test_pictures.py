"""The SVGs: well formed, nothing clipped, nothing shared, whatever they are given."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sandbox.errors import HostError
from sandbox.model.build import Build
from sandbox.model.comparison import compare
from sandbox.model.downloads import Download, Downloads
from sandbox.model.explanation import Explanation
from sandbox.model.prediction import PredictionOutcome
from sandbox.model.stage_graph import StageGraph
from sandbox.model.trace import Trace
from sandbox.model.vertex import Interval, State, Vertex, VertexKind
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.views import (
    Picture,
    comparison_picture,
    failure_picture,
    llb_graph,
    stage_graph,
    stage_graph_text,
    summary_picture,
    timeline,
    verdict_picture,
)
from sandbox.views.style import SIGNS, dark_colours, width_px

NAMES = [
    *("cached", "cancelled", "downloads", "failing"),
    *("lost-cache", "parallel", "platforms", "warnings"),
]
START = datetime(2026, 1, 1, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
LONG = "long-" * 40
ROOM_PX = 568
"""In JupyterLab, in a window of 1000 pixels with the file browser open."""


def elements(
    element: ElementTree.Element, x: float = 0, y: float = 0
) -> Iterator[tuple[ElementTree.Element, float, float]]:
    """Every element, and how far its origin was moved."""
    moved = re.match(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    yield element, x, y
    for child in element:
        yield from elements(child, x, y)


def inspect(picture: Picture) -> ElementTree.Element:
    """Checks what holds for every picture, and returns its root."""
    root = ElementTree.fromstring(picture.svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    ids = {item.attrib["id"] for item, _, _ in elements(root) if "id" in item.attrib}
    assert set(re.findall(r"url\(#([^)]*)\)", picture.svg)) <= ids
    assert set(root.attrib["aria-labelledby"].split()) <= ids
    assert root.find(f"{SVG}title") is not None
    shown = "".join((root.findtext(f"{SVG}desc") or "").split())
    assert shown == "".join(picture.text.split())
    for attribute, colours in dark_colours().items():
        used = {item.get(attribute) or "none" for item, _, _ in elements(root)}
        plain = {one for one in used if one != "none" and not one.startswith("url(")}
        assert plain <= set(colours), "a colour without its dark one"
    for item, x, y in elements(root):
        if item.tag == f"{SVG}text":
            text = item.text or ""
            bold = item.get("font-weight") is not None
            wide = width_px(text, float(item.attrib["font-size"]), bold=bold)
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[item.get("text-anchor", "start")]
            left = x + float(item.attrib["x"]) - share * wide
            assert left >= 0, text
            assert left + wide <= width, text
            assert 0 < y + float(item.attrib["y"]) < height, text
    return root


def words(picture: Picture) -> list[str]:
    return [item.text or "" for item in inspect(picture).iter(f"{SVG}text")]


def vertex(number: int, stage: str, start_s: float = 0, end_s: float = 0) -> Vertex:
    return Vertex(
        digest=f"sha256:{number}",
        name=f"[{stage} {number}/9] RUN <b>&\x1b[31m",
        inputs=(f"sha256:{number - 1}",),
        kind=VertexKind.RUN,
        stage=stage,
        platform=None,
        build_platform=None,
        instruction='RUN <b>&"\x1b[31m ]]> \x00 \ud800 日本語',
        intervals=(Interval(START + timedelta(seconds=start_s), START + timedelta(seconds=end_s)),),
        cached=False,
        completed=True,
        error=None,
    )


def build_of(trace: Trace, graph: StageGraph, exit_code: int = 0) -> Build:
    return Build(
        command=("docker",),
        exit_code=exit_code,
        trace=trace,
        graph=graph,
        target=None,
        image_digest=None,
        log="",
        message="",
        started=START,
        duration_s=trace.real_s,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_build_can_be_drawn(name: str, recorded: Callable[[str], Build]) -> None:
    build = recorded(name)
    assert build.graph is not None
    stages = {stage.name for stage in build.graph.stages}
    assert stages <= set(words(stage_graph(build.graph, build)))
    assert stages <= set(words(stage_graph(build.graph)))
    # A lane a stage; where several platforms were built, one each, and the name twice.
    assert stages <= set(words(timeline(build)))
    assert set(build.trace.stages) <= set(words(timeline(build.trace)))


@pytest.mark.parametrize("name", NAMES)
def test_letters_have_eleven_pixels_in_a_window_of_a_thousand(
    name: str, recorded: Callable[[str], Build]
) -> None:
    build = recorded(name)
    assert build.graph is not None
    pictures = [
        stage_graph(build.graph, build),
        timeline(build),
        llb_graph(build),
        summary_picture(build),
        comparison_picture(compare(build, build)),
        verdict_picture(PredictionOutcome("Which?", ("a", "b"), ("a",), ("b",))),
        failure_picture(Explanation("read on", said="alas")),
    ]
    for picture in pictures:
        root = inspect(picture)
        smallest = min(float(text.attrib["font-size"]) for text in root.iter(f"{SVG}text"))
        assert smallest * min(1, ROOM_PX / float(root.attrib["width"])) >= 11, picture.title


@pytest.mark.parametrize("name", NAMES)
def test_every_vertex_of_the_llb_graph_is_drawn(
    name: str, recorded: Callable[[str], Build]
) -> None:
    graph = recorded(name).llb()
    picture = llb_graph(graph)
    titles = [item.findtext(f"{SVG}title") or "" for item in inspect(picture).iter(f"{SVG}g")]
    for vertex in graph.vertexes:
        assert sum(vertex.digest in title for title in titles) == 1
    assert picture.text == str(graph)
    assert llb_graph(recorded(name)).text == picture.text


@pytest.mark.parametrize("cold", NAMES)
def test_every_two_recorded_builds_can_be_compared(
    cold: str, recorded: Callable[[str], Build]
) -> None:
    for warm in NAMES:
        found = compare(recorded(cold), recorded(warm))
        picture = comparison_picture(found)
        assert picture.text == str(found)
        assert set(found.groups) <= {word.split(" linux/")[0] for word in words(picture)}


def test_what_was_saved_is_written_out(recorded: Callable[[str], Build]) -> None:
    found = compare(recorded("parallel"), recorded("cached"))
    shown = words(comparison_picture(found))
    # The RUNs of api and web, and both builds whole.
    assert {"1.70 s", "1.21 s", "2.21 s", "0.19 s"} <= set(shown)
    assert shown.count("cached") == 6 + 1  # and the legend's


def test_packages_stand_beside_both_builds(recorded: Callable[[str], Build]) -> None:
    build = recorded("parallel")
    one = Download("npm", "/npm/left", 2_000_000, 200, build.started, 0.5)
    cold, warm = (replace(build, downloads=Downloads(items)) for items in ((one, one), ()))
    shown = words(comparison_picture(compare(cold, warm)))
    assert {"2.21 s · 2 requests, 4.0 MB", "2.21 s · no requests"} <= set(shown)
    assert "2 requests, 4.0 MB" in words(summary_picture(cold))
    assert "not known" in words(summary_picture(build))


def test_a_comparison_says_what_it_leaves_out() -> None:
    trace = Trace(tuple(vertex(n, "a", n, n + 1) for n in range(1, 200)))
    build = build_of(trace, read_dockerfile("FROM scratch AS a\n"))
    assert len(compare(build, build).pairs) == 199
    assert "first 150" in " ".join(words(comparison_picture(compare(build, build))))


def test_the_figures_of_a_summary_are_written_out(recorded: Callable[[str], Build]) -> None:
    shown = words(summary_picture(recorded("downloads")))
    assert {"216 kB", "42 B", "0 of 1 cached", "0 of 2 cached"} <= set(shown)
    empty = build_of(Trace(()), read_dockerfile("FROM scratch\n"))
    assert "none in this build" in words(summary_picture(empty))


@pytest.mark.parametrize("predicted", [None, (), ("a", LONG)])
def test_a_verdict_says_what_was_wrong(predicted: tuple[str, ...] | None) -> None:
    verdict = PredictionOutcome(f"Which {LONG}?", ("a", "b", LONG), predicted, ("a", "<c>"))
    picture = verdict_picture(verdict)
    shown = words(picture)
    assert verdict.headline() in shown
    assert {"<c>", "not among the options"} <= set(shown)
    assert ("not foreseen" in shown) is (predicted == ())
    assert picture.text == str(verdict)


def test_a_wrong_answer_has_the_sign_of_a_failure() -> None:
    def drawn(happened: str) -> str:
        return verdict_picture(PredictionOutcome("Which?", ("a", "b"), ("a",), (happened,))).svg

    sign = SIGNS[State.FAILED].path
    assert drawn("a").count(sign) == 0
    assert drawn("b").count(sign) == 2  # one ticked, one left out


def test_an_empty_llb_graph_and_a_broken_one() -> None:
    assert "0 vertices, 0 edges" in llb_graph(Trace(())).text
    # A circle, which no build has and a damaged file may.
    circle = (vertex(1, "a"), vertex(2, "a"))
    circle = (replace(circle[0], inputs=(circle[1].digest,)), circle[1])
    assert len(inspect(llb_graph(Trace(circle))).findall(f".//{SVG}polygon")) == 2


def test_states_and_seconds_are_written_out(recorded: Callable[[str], Build]) -> None:
    build = recorded("failing")
    assert build.graph is not None
    shown = words(stage_graph(build.graph, build))
    # 58.828000..59.547879 and 58.828241..59.584934
    assert {"failed 0.72 s", "cancelled 0.76 s", "skipped"} <= set(shown)
    assert not {"failed", "ran"} & set(words(stage_graph(build.graph)))


def test_legend_explains_what_is_drawn_and_nothing_else(recorded: Callable[[str], Build]) -> None:
    parallel, platforms = recorded("parallel").graph, recorded("platforms").graph
    assert parallel is not None
    assert platforms is not None
    assert {"FROM", "COPY --from", "RUN --mount from", "target"} <= set(
        words(stage_graph(parallel))
    )
    assert "RUN --mount from" not in words(stage_graph(platforms))


def test_arrows_are_told_apart_without_colour(recorded: Callable[[str], Build]) -> None:
    graph = recorded("parallel").graph
    assert graph is not None
    dashes: dict[str, set[str | None]] = {}
    for group in inspect(stage_graph(graph)).iter(f"{SVG}g"):
        line = group.find(f"{SVG}path")
        title = group.findtext(f"{SVG}title")
        if title in ("FROM", "COPY --from", "RUN --mount from") and line is not None:
            dashes.setdefault(title, set()).add(line.get("stroke-dasharray"))
    assert len(dashes) == 3
    assert len({tuple(kinds) for kinds in dashes.values()}) == 3
    assert dashes["FROM"] == {None}


@pytest.mark.parametrize("name", NAMES)
def test_labels_that_would_say_nothing_are_left_out_and_lines_spare_the_others(
    name: str, recorded: Callable[[str], Build]
) -> None:
    texts = list(inspect(timeline(recorded(name))).iter(f"{SVG}text"))
    cut = [text.text or "" for text in texts if (text.text or "").endswith("…")]
    assert not [label for label in cut if len(label) <= 9]
    for text in texts:
        if text.text == "skipped" and text.get("x") != "32.0":  # the legend has no lines
            assert text.get("paint-order") == "stroke"


def test_platforms_have_a_lane_each(recorded: Callable[[str], Build]) -> None:
    shown = words(timeline(recorded("platforms")))
    assert shown.count("builder") == 2
    assert shown.count("linux/arm64") == 2
    assert shown.count("linux/amd64") == 2


def test_ids_are_never_shared(recorded: Callable[[str], Build]) -> None:
    build = recorded("cached")
    assert build.graph is not None
    pictures = [timeline(build), timeline(build), stage_graph(build.graph, build)]
    ids = [i.attrib["id"] for p in pictures for i in inspect(p).iter() if "id" in i.attrib]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 3 * len(pictures)


def test_nothing_at_all() -> None:
    picture = timeline(Trace(()))
    assert "Nothing was at work." in words(picture)
    assert "Nothing was at work." in picture.text


def test_a_build_of_no_length_and_characters_that_mean_something_else() -> None:
    picture = timeline(Trace((vertex(1, 'a<&>"'),)))
    assert 'a<&>"' in words(picture)
    assert "\x1b" not in picture.svg + picture.text
    assert any("日本語" in word for word in words(picture))


def test_long_names_are_cut_and_kept_whole_in_the_tooltip() -> None:
    name = LONG + "end"
    graph = read_dockerfile(
        f"FROM lab/{LONG}/tool:1 AS {name}\n"
        f"FROM --platform=linux/{LONG} x\nCOPY --from={name} a b\n"
    )
    picture = stage_graph(graph)
    shown = words(picture)
    assert not any(name in word for word in shown)
    assert any(word.startswith("long-") and word.endswith("…") for word in shown)
    assert any(word.startswith("…") and word.endswith("tool:1") for word in shown)
    assert name in picture.svg
    build = build_of(Trace((vertex(1, name, 0, 1),)), graph)
    assert any(word.endswith("…") for word in words(timeline(build)))
    inspect(stage_graph(graph, build))


def test_names_that_are_markup() -> None:
    graph = read_dockerfile("FROM '<script>&\"' AS a\nFROM a\nCOPY --from=<b>&amp; x y")
    assert "<script>" not in stage_graph(graph).svg
    assert {'<script>&"', "<b>&amp;"} <= set(words(stage_graph(graph)))


def test_forty_stages() -> None:
    text = "".join(f"FROM lab/busybox AS s{n}\nRUN x\n" for n in range(39))
    graph = read_dockerfile(
        text + "FROM s0\n" + "".join(f"COPY --from=s{n} / /\n" for n in range(39))
    )
    trace = Trace(tuple(vertex(n, f"s{n}", n, n + 1) for n in range(39)))
    build = build_of(trace, graph)
    assert {f"s{n}" for n in range(39)} <= set(words(stage_graph(graph, build)))
    assert {f"s{n}" for n in range(39)} <= set(words(timeline(build)))


def test_what_is_left_out_is_said() -> None:
    graph = read_dockerfile("".join(f"FROM x AS s{n}\n" for n in range(500)))
    assert "The first 120 are drawn" in " ".join(words(stage_graph(graph)))
    assert "s499" in stage_graph_text(graph)
    trace = Trace(tuple(vertex(n, f"s{n}", n, n + 1) for n in range(100)))
    picture = timeline(trace)
    assert "40 more, 40.0 s of work, are left out" in " ".join(words(picture))
    assert "40 more, 40.0 s of work, are left out" in picture.text


def test_stages_that_copy_from_each_other_in_a_circle() -> None:
    graph = read_dockerfile("FROM x AS a\nCOPY --from=b 1 2\nFROM y AS b\nCOPY --from=a 1 2\n")
    assert {"a", "b"} <= set(words(stage_graph(graph)))


def test_two_stages_with_one_name() -> None:
    graph = read_dockerfile("FROM x AS a\nFROM a AS b\nFROM y AS a\nFROM a\n")
    assert {"a (line 1)", "a"} <= set(words(stage_graph(graph)))


def test_without_dot_there_is_an_error_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, recorded: Callable[[str], Build]
) -> None:
    build = recorded("parallel")
    assert build.graph is not None
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostError) as caught:
        stage_graph(build.graph, build)
    assert "graphviz" in caught.value.next_step
    assert "api" in stage_graph_text(build.graph, build)
    inspect(timeline(build))


def test_twice_the_vertexes_take_about_twice_the_time() -> None:
    def measure(count: int) -> float:
        vertexes = (vertex(n, f"s{n % 40}", n // 40, n // 40 + 0.9) for n in range(count))
        trace = Trace(tuple(vertexes))
        graph = read_dockerfile("".join(f"FROM x AS s{n}\nRUN x\n" for n in range(40)))
        build = build_of(trace, graph)
        times = []
        for _ in range(3):
            started = time.process_time()
            assert len(timeline(build).svg) < 2_000_000
            stage_graph(graph, build)
            llb_graph(build)
            comparison_picture(compare(build, build))
            times.append(time.process_time() - started)
        return min(times)

    measure(10)
    # Four times the vertexes: a view that looks at every pair would take sixteen times as long.
    assert measure(2000) < 9 * measure(500)


def test_what_a_notebook_and_a_file_get(tmp_path: Path) -> None:
    picture = timeline(Trace((vertex(1, "a", 0, 1),)))
    assert picture._repr_mimebundle_(include=None, exclude=None) == {
        "image/svg+xml": picture.svg,
        "text/plain": picture.text,
    }
    assert str(picture) == picture.text
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg
    assert picture.save(str(tmp_path / "a.txt")).read_text(encoding="utf-8") == picture.text


def test_a_wait_for_a_cache_mount_is_drawn_apart(recorded: Callable[[str], Build]) -> None:
    shown = timeline(recorded("locked"))
    assert any(word.startswith("waiting for a cache") for word in words(shown))
    assert ": waiting for a cache mount, 2.16 s<" in shown.svg
    assert "░" in shown.text


def test_a_failed_export_marks_its_lane(recorded: Callable[[str], Build]) -> None:
    assert words(timeline(recorded("lost-export"))).count("failed") == 2  # the lane, the legend
