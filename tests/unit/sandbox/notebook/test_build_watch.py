"""A build watched in a notebook: what is shown, how often, and what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sandbox.build.failures.explain import explain
from sandbox.build.recorder import UNREADABLE, WHOLE_LOG
from sandbox.build.running_trace import RunningTrace
from sandbox.model.build import Build
from sandbox.model.explanation import Explanation
from sandbox.notebook import build_watch as watches
from sandbox.notebook.build_watch import WidgetWatch
from sandbox.notebook.final_picture import final_picture
from sandbox.notebook.front_end import WISH, has_widgets
from sandbox.notebook.session import CommandInterrupted
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.rawjson import read_trace

TRACES = Path(__file__).parents[3] / "data" / "traces"
WIDGET = "application/vnd.jupyter.widget-view+json"
LINES = (TRACES / "parallel.jsonl").read_text().splitlines()
GRAPH = read_dockerfile((TRACES / "parallel.Dockerfile").read_bytes())


class Cell:
    """An output of a cell: what it shows, and what it showed before."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []

    def show(self, bundle: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
        self.shown.append(bundle)
        return self.shown.append


class Kernel:
    """A shell that belongs to a kernel."""

    kernel = object()


def build(lines: list[str], log_path: Path | None = None) -> Build:
    trace = read_trace(lines)
    return Build(
        command=("docker", "buildx", "build", "."),
        exit_code=0,
        trace=trace,
        graph=GRAPH,
        target=None,
        image_digest=None,
        log=trace.log,
        message="",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        duration_s=trace.real_s,
        log_path=log_path,
    )


def followed(watch: WidgetWatch) -> RunningTrace:
    """The trace of a build that begins, which the watch follows."""
    running = RunningTrace()
    watch.follow(running)
    return running


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The states that a widget was given, with the time of each."""
    from sandbox.notebook.widget import BuildWidget  # noqa: PLC0415

    states: list[dict[str, Any]] = []

    def note(change: Any) -> None:
        states.append({"at": time.monotonic(), **change.new})

    made = BuildWidget.__init__

    def make(self: BuildWidget, **traits: Any) -> None:
        made(self, **traits)
        self.observe(note, "state")

    monkeypatch.setattr(BuildWidget, "__init__", make)
    return states


def test_the_output_is_a_widget_first_and_a_picture_in_the_end(sent: list[dict[str, Any]]) -> None:
    cell = Cell()
    with WidgetWatch("docker buildx build .", GRAPH, None, cell.show) as watch:
        running = followed(watch)
        for line in LINES:
            running.read_line(line)
        watch.ended(build(LINES))
    first, last = cell.shown
    assert first["text/plain"] == "docker buildx build ."
    assert WIDGET in first
    assert WIDGET not in last
    assert "The build is done" in last["text/plain"]
    assert "Critical path" in last["text/plain"]
    ElementTree.fromstring(last["image/svg+xml"])
    assert sent[-1]["phase"] == "done"
    assert sent[-1]["over"] is True


def test_a_page_has_every_line_before_it_hears_of_the_end(
    sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.notebook.widget import BuildWidget  # noqa: PLC0415

    states_before = []
    monkeypatch.setattr(BuildWidget, "send", lambda *_: states_before.append(len(sent)))
    with WidgetWatch("a build", GRAPH, None, Cell().show) as watch:
        running = followed(watch)
        for line in LINES:
            running.read_line(line)
        watch.ended(build(LINES))
    assert states_before
    assert max(states_before) < len(sent)


def test_at_most_ten_updates_a_second(sent: list[dict[str, Any]]) -> None:
    with WidgetWatch("a build", GRAPH, None, Cell().show) as watch:
        running = followed(watch)
        for line in LINES * 4:
            running.read_line(line)
            time.sleep(0.003)
        watch.ended(build(LINES))
    # The last one comes when the build has ended, whenever that is.
    times = [state["at"] for state in sent[:-1]]
    assert len(times) > 2
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= watches.EVERY_S * 0.9


def test_an_interrupt_is_shown_as_such(sent: list[dict[str, Any]]) -> None:
    cell = Cell()

    def interrupted() -> None:
        with WidgetWatch("a build", GRAPH, None, cell.show) as watch:
            running = followed(watch)
            for line in LINES[: len(LINES) // 2]:
                running.read_line(line)
            raise CommandInterrupted("Interrupted.")

    with pytest.raises(CommandInterrupted):
        interrupted()
    assert sent[-1]["phase"] == "cancelled"
    assert "The build was cancelled" in cell.shown[-1]["text/plain"]


def test_lines_that_cannot_be_read_are_counted_and_their_place_shown(
    sent: list[dict[str, Any]], tmp_path: Path
) -> None:
    cell = Cell()
    lines = [*LINES, "{broken", '{"vertexes": 5}']
    with WidgetWatch("a build", GRAPH, None, cell.show) as watch:
        running = followed(watch)
        for line in lines:
            running.read_line(line)
        watch.ended(build(lines, tmp_path / "trace.rawjson"))
    (note,) = sent[-1]["notes"]
    assert note.startswith("2 lines")
    assert str(tmp_path / UNREADABLE) in note
    assert str(tmp_path / WHOLE_LOG) not in note
    assert note in cell.shown[-1]["text/plain"]


def test_a_picture_of_both_pictures_is_whole() -> None:
    picture = final_picture(build(LINES), "build-1", ("a note",))
    root = ElementTree.fromstring(picture.svg)
    svg = "{http://www.w3.org/2000/svg}"
    inner = root.findall(f"{svg}svg")
    assert len(inner) == 2
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for one in inner:
        assert float(one.attrib["width"]) <= width
        assert float(one.attrib["y"]) + float(one.attrib["height"]) <= height
    assert root.attrib["id"] == "build-1"
    assert "a note" in (root.findtext(f"{svg}desc") or "")


def test_what_failed_stands_first(recorded: Callable[[str], Build]) -> None:
    failing = recorded("failing")
    failing = replace(failing, explanation=explain(failing, None))
    picture = final_picture(failing, "build-1")
    parts = ["The build failed in line", "Next: ", "Stage graph", "Timeline"]
    places = [picture.text.index(part) for part in parts]
    assert places == sorted(places)
    heads = [picture.svg.index(f">{head}<") for head in ("Next", "Stage graph", "Timeline")]
    assert heads == sorted(heads)


def test_a_build_that_began_nothing_has_no_empty_timeline() -> None:
    refused = replace(build([]), exit_code=1, explanation=Explanation("write COPY"))
    picture = final_picture(refused, "build-1")
    assert "Timeline" not in picture.svg
    assert "Timeline" not in picture.text
    assert "Stage graph" in picture.text


def test_without_graphviz_the_stages_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    picture = final_picture(build(LINES), "build-1")
    assert "Stage graph" in picture.text
    assert "Graphviz" in picture.text


def test_a_build_without_a_dockerfile_has_a_timeline() -> None:
    picture = final_picture(replace(build(LINES), graph=None), "build-1")
    assert picture.text.startswith("Timeline")


@pytest.mark.parametrize(
    ("shell", "environment", "found"),
    [
        (object(), {"JPY_SESSION_NAME": "a.ipynb"}, False),
        (Kernel(), {}, False),
        (Kernel(), {"JPY_SESSION_NAME": "a.ipynb"}, True),
        (Kernel(), {"JPY_SESSION_NAME": "a.ipynb", WISH: "text"}, False),
        (Kernel(), {WISH: "live"}, True),
        (object(), {WISH: "live"}, False),
    ],
)
def test_where_there_are_widgets(shell: object, environment: dict[str, str], found: bool) -> None:
    assert has_widgets(shell, environment) is found
