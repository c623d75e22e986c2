"""Progress in words, from recorded builds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.build.running_trace import RunningTrace
from sandbox.live.progress_text import MOST_LINES, WIDTH, progress_text
from sandbox.model.trace import Trace
from sandbox.model.vertex import Interval, Vertex, VertexKind
from sandbox.parse.rawjson import read_trace

TRACES = Path(__file__).parents[3] / "data" / "traces"


def recorded(name: str) -> tuple[list[str], Trace]:
    lines = (TRACES / f"{name}.jsonl").read_text().splitlines()
    return lines, read_trace(lines)


def begins(trace: Trace) -> Interval:
    spans = [span for vertex in trace.vertexes for span in vertex.intervals]
    return Interval(min(s.start for s in spans), max(s.end for s in spans))


def ended_text(name: str) -> str:
    _, trace = recorded(name)
    span = begins(trace)
    return progress_text(trace, started=span.start, now=span.end, ended=True)


def test_nothing_before_anything_began() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert progress_text(Trace(()), started=now, now=now, ended=False) == ""


def test_a_finished_build() -> None:
    _, trace = recorded("parallel")
    lines = ended_text("parallel").splitlines()
    count = len(trace.vertexes)
    assert lines[0].startswith("[+] Building ")
    assert lines[0].endswith(f"({count}/{count}) FINISHED")
    assert len(lines) == 1 + count
    assert all(line.startswith(" => ") and len(line) <= WIDTH for line in lines[1:])


def test_marks() -> None:
    assert " => CACHED [" in ended_text("cached")
    assert " => FAILED [" in ended_text("failing")
    assert "CANCELLED" in ended_text("cancelled")


def test_in_order_of_beginning_not_of_mention() -> None:
    text = ended_text("parallel")
    assert text.index(" RUN ") < text.index(" COPY --from")


def test_while_it_runs_the_seconds_count_on_and_the_last_word_is_shown() -> None:
    _, trace = recorded("parallel")
    run = next(v for v in trace.vertexes if v.kind is VertexKind.RUN)
    began = run.intervals[0].start
    at_work = Vertex(
        digest=run.digest, name=run.name, inputs=(), kind=run.kind, stage=run.stage,
        platform=None, build_platform=None, instruction=run.instruction,
        intervals=(Interval(began, began + timedelta(seconds=1)),),
        cached=False, completed=False, error=None, log="first\nlatest word\n",
    )  # fmt: skip
    text = progress_text(
        Trace((at_work,)), started=began, now=began + timedelta(seconds=7), ended=False
    )
    head, line, said = text.splitlines()
    assert head == "[+] Building 7.0s (0/1)"
    assert line.endswith(" 7.0s")
    assert said == " => => # latest word"


def test_a_long_build_is_cut_to_what_matters() -> None:
    _, trace = recorded("failing")
    failed = next(v for v in trace.vertexes if v.error is not None)
    span = begins(trace)
    many = tuple(
        Vertex(
            digest=f"d{n}", name=f"[s {n}] RUN {n}", inputs=(), kind=VertexKind.RUN, stage="s",
            platform=None, build_platform=None, instruction=f"RUN {n}",
            intervals=(span,), cached=False, completed=True, error=None,
        )
        for n in range(100)
    )  # fmt: skip
    text = progress_text(
        Trace((failed, *many)), started=span.start, now=span.end, ended=True
    ).splitlines()
    assert len(text) == 2 + MOST_LINES
    assert text[1] == f" => … {101 - MOST_LINES} more that are done"
    assert any("FAILED" in line for line in text)
    assert any("RUN 99" in line for line in text)


@pytest.mark.parametrize("name", ["parallel", "failing", "cancelled", "platforms"])
def test_watching_line_by_line_ends_where_the_whole_does(name: str) -> None:
    lines, trace = recorded(name)
    span = begins(trace)
    running = RunningTrace()
    for line in lines:
        running.read_line(line + "\n")
        progress_text(running.trace(1), started=span.start, now=span.end, ended=False)
    watched = progress_text(running.trace(1), started=span.start, now=span.end, ended=True)
    whole = progress_text(trace, started=span.start, now=span.end, ended=True)
    assert watched.splitlines() == whole.splitlines()
