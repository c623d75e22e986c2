"""Recorded builds, read; and lines that no build should ever print."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.build import Build
from sandbox.model.trace import Trace, Warning
from sandbox.model.vertex import State, Transfer, Vertex, VertexKind
from sandbox.parse.rawjson import TraceReader, error_report, read_trace

TRACES = Path(__file__).parents[3] / "data" / "traces"


def recorded(name: str) -> Trace:
    with (TRACES / f"{name}.jsonl").open("rb") as lines:
        return read_trace(lines)


def seconds(value: float) -> Any:
    # BuildKit's times have nanoseconds, ours microseconds: each end may lose one.
    return pytest.approx(value, abs=1e-5)


def one(trace: Trace, beginning: str, stage: str | None = None) -> Vertex:
    (vertex,) = [
        v for v in trace.vertexes if v.instruction.startswith(beginning) and v.stage == stage
    ]
    return vertex


def line(**parts: Any) -> str:
    return json.dumps(parts)


def log(text: bytes, vertex: str = "sha256:a", stream: int = 1) -> dict[str, Any]:
    data = base64.b64encode(text).decode()
    return {"vertex": vertex, "stream": stream, "data": data, "timestamp": at(1)}


def at(second: float) -> str:
    return f"2026-01-01T00:00:{second:09.6f}Z"


def vertex(name: str = "[a 1/1] RUN x", **more: Any) -> dict[str, Any]:
    return {"digest": "sha256:a", "name": name, **more}


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_recorded_line_is_understood(path: Path) -> None:
    trace = recorded(path.stem)
    assert trace.vertexes
    assert trace.unreadable == ()
    assert VertexKind.OTHER not in {v.kind for v in trace.vertexes}


def test_parallel_stages_and_their_seconds() -> None:
    trace = recorded("parallel")
    # test and docs stand in the Dockerfile and are never needed.
    assert set(trace.stages) == {"api", "web", "stage-4"}
    # WORKDIR 55.780670..55.798329, COPY 55.799759..55.825018, RUN 55.826979..57.530037:
    # 0.017660 + 0.025259 + 1.703058
    assert trace.busy_s("api") == seconds(1.745977)
    # RUN 55.780822..56.989903
    assert trace.busy_s("web") == seconds(1.209081)
    # Of web's RUN, WORKDIR takes 55.780822..55.798329, COPY all of its own, and api's RUN
    # 55.826979..56.989903: 0.017507 + 0.025259 + 1.162925
    assert trace.overlap_s("api", "web") == seconds(1.205691)
    assert trace.overlap_s("web", "api") == seconds(1.205691)
    # COPY 57.538904..57.554463, RUN 57.556706..57.760041; web and api had ended by then.
    assert trace.busy_s("stage-4") == seconds(0.015559 + 0.203335)
    assert trace.overlap_s("api", "stage-4") == 0
    # 55.693009 (load build definition) .. 57.903881 (exporting to image)
    assert trace.real_s == seconds(2.210872)


def test_a_vertex_that_starts_three_times_has_three_intervals() -> None:
    source = one(recorded("parallel"), "FROM", "web")
    # 55.744959..55.765852, 55.766735..55.766826, 55.767281..55.779910
    assert len(source.intervals) == 3
    assert source.duration_s == seconds(0.020893 + 0.000092 + 0.012628)


def test_accumulated_seconds_are_those_of_all_vertexes() -> None:
    # In the order of the file: load build definition 0.000058 + 0.012001, metadata 0.019357,
    # .dockerignore 0.000049 + 0.010617, context 0.000102 + 0.018614, FROM 0.033613, and the
    # instructions of api 1.745977, web 1.209081, stage-4 0.218894, export 0.140559.
    assert recorded("parallel").accumulated_s == pytest.approx(3.408922, abs=1e-4)


def test_critical_path_runs_through_the_slower_stage() -> None:
    path = recorded("parallel").critical_path()
    # Through api 0.034 + 1.746 + 0.219, through web 0.034 + 1.209 + 0.203.
    assert [(v.stage, v.kind.value) for v in path] == [
        ("web", "source"),  # the base image of both, which BuildKit names after one of them
        ("api", "workdir"),
        ("api", "copy"),
        ("api", "run"),
        ("stage-4", "copy"),
        ("stage-4", "run"),
    ]


def test_inputs_are_the_real_edges() -> None:
    trace = recorded("parallel")
    mount = one(trace, "RUN --mount=from=web", "stage-4")
    copy = one(trace, "COPY --from=api", "stage-4")
    assert mount.inputs == (copy.digest, one(trace, "RUN sleep 1", "web").digest)


def test_log_has_both_streams_and_characters_beyond_ascii() -> None:
    trace = recorded("parallel")
    assert one(trace, "RUN sleep 1", "web").log == "web: naïve café ✓\nweb: a note on stderr\n"
    # web prints after one second, between api's second and third part.
    assert [row.split(":")[0] for row in trace.log.splitlines()] == [
        "api",
        "api",
        "web",
        "web",
        "api",
    ]


def test_all_cached() -> None:
    trace = recorded("cached")
    work = [v for v in trace.vertexes if v.stage and v.kind is not VertexKind.SOURCE]
    assert len(work) == 6  # api: WORKDIR, COPY, RUN; web: RUN; stage-4: COPY, RUN
    assert {v.state for v in work} == {State.CACHED}
    # The source computed a cache key, and says that it was not cached; nothing was fetched.
    assert not one(trace, "FROM", "web").cached
    assert one(trace, "FROM", "web").state is State.IDLE
    assert trace.overlap_s("api", "web") == 0
    assert trace.log == ""


def test_failure_its_report_and_what_it_cancelled() -> None:
    trace = recorded("failing")
    bad, good = one(trace, "RUN sleep 0.5", "bad"), one(trace, "RUN sleep 2", "good")
    assert bad.state is State.FAILED
    assert bad.error is not None
    assert bad.error.endswith("exit code: 7")
    assert good.state is State.CANCELLED
    assert {v.state for v in trace.of_stage("stage-2")} == {State.SKIPPED}
    # bad 58.828000..59.547879, good 58.828241..59.584934: both from the later start to the
    # earlier end.
    assert trace.overlap_s("good", "bad") == seconds(0.719638)
    report = error_report(trace).splitlines()
    assert report[0] == "failing.Dockerfile:5"
    assert report[-1].startswith("ERROR: failed to build: failed to solve: process")
    assert sorted(bad.log.splitlines()) == ["bad: about to fail", "bad: no such header"]


def test_platforms_and_cross_compilation() -> None:
    trace = recorded("platforms")
    for_arm64 = one(trace, 'RUN sleep 0.5; echo "compiled for arm64"', "builder")
    assert (for_arm64.platform, for_arm64.build_platform) == ("linux/arm64", "linux/amd64")
    for_amd64 = one(trace, 'RUN sleep 0.5; echo "compiled for amd64"', "builder")
    assert (for_amd64.platform, for_amd64.build_platform) == ("linux/amd64", None)
    emulated = [v for v in trace.of_stage("stage-1") if v.log.startswith("aarch64")]
    assert [(v.platform, v.build_platform) for v in emulated] == [("linux/arm64", None)]
    # amd64 59.995661..60.744351 covers arm64 59.996284..60.737753
    assert trace.busy_s("builder") == seconds(0.748690)
    # COPYs from 60.752054 on, RUN of arm64 to 61.135226, without a gap
    assert trace.busy_s("stage-1") == seconds(0.383172)
    assert trace.overlap_s("builder", "stage-1") == 0


def test_cancelled_in_mid_build() -> None:
    trace = recorded("cancelled")
    assert one(trace, "RUN echo", "endless").state is State.CANCELLED
    assert one(trace, "RUN sleep 0.3", "quick").state is State.RAN
    assert one(trace, "COPY --from=endless", "stage-2").state is State.SKIPPED
    # quick 1.915467..2.442068 lies within endless 1.915274..3.144039
    assert trace.overlap_s("quick", "endless") == seconds(0.526602)
    assert error_report(trace) == (
        "ERROR: failed to build: failed to solve: Canceled: context canceled"
    )


def test_warnings_have_rule_line_and_address() -> None:
    first, second = recorded("warnings").warnings
    assert first == Warning(
        rule="FromAsCasing",
        message="'as' and 'FROM' keywords' casing do not match",
        detail="The 'as' keyword should match the case of the 'from' keyword",
        url="https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
        line=1,
    )
    assert (second.rule, second.line) == ("SecretsUsedInArgOrEnv", 4)


def test_a_lost_cache_import_fails_alone() -> None:
    trace = recorded("lost-cache")
    failed = [v for v in trace.vertexes if v.state is State.FAILED]
    assert [v.kind for v in failed] == [VertexKind.IMPORT_CACHE]
    assert one(trace, "RUN", "base").state is State.CACHED
    assert error_report(trace) == ""


def test_a_result_of_an_imported_cache_is_fetched_and_still_cached() -> None:
    trace = recorded("imported")
    found = one(trace, "RUN seq", "numbers")
    assert found.state is State.CACHED
    assert sum(t.moved_bytes for t in found.transfers if t.is_download) > 0
    assert one(trace, "RUN wc", "sums").state is State.RAN


def test_a_reader_gives_the_same_whenever_it_is_asked() -> None:
    rows = (TRACES / "parallel.jsonl").read_bytes().splitlines(keepends=True)
    reader = TraceReader()
    ends: list[datetime] = []
    for row in rows:
        reader.read_line(row)
        spans = [i for v in reader.trace().vertexes for i in v.intervals]
        ends += [max(i.end for i in spans)] if spans else []
    assert ends == sorted(ends)
    assert reader.trace() == recorded("parallel")


def test_a_vertex_at_work_ends_for_now_at_the_latest_time_seen() -> None:
    reader = TraceReader()
    reader.read_line(line(vertexes=[vertex(started=at(1))]))
    reader.read_line(line(vertexes=[{"digest": "sha256:b", "name": "b", "started": at(3.5)}]))
    running = reader.trace().vertexes[0]
    assert running.duration_s == 2.5
    assert not running.completed
    reader.read_line(line(vertexes=[vertex(started=at(1), completed=at(5))]))
    assert reader.trace().vertexes[0].duration_s == 4


def test_overlapping_runs_count_once() -> None:
    trace = read_trace(
        [
            line(vertexes=[vertex(started=at(1), completed=at(4))]),
            line(vertexes=[vertex(started=at(2), completed=at(5))]),
            line(vertexes=[vertex(started=at(8), completed=at(9))]),
        ]
    )
    assert [i.duration_s for i in trace.vertexes[0].intervals] == [4, 1]


def test_work_that_is_looked_up_again_afterwards_was_still_done() -> None:
    reports = [
        vertex(inputs=["sha256:b"], started=at(1), completed=at(4)),
        vertex(inputs=["sha256:b"], started=at(5), completed=at(5), cached=True),
    ]
    assert not read_trace([line(vertexes=reports)]).vertexes[0].cached


def test_what_an_imported_cache_had_is_cached_also_while_it_is_fetched() -> None:
    hit = vertex(inputs=["sha256:b"], started=at(1), completed=at(1), cached=True)
    reader = TraceReader()
    reader.read_line(line(vertexes=[hit]))
    for report in (vertex(started=at(2)), vertex(started=at(2), completed=at(4))):
        reader.read_line(line(vertexes=[report]))
        assert reader.trace().vertexes[0].cached
    assert reader.trace().vertexes[0].duration_s == 2


def test_what_an_imported_cache_promised_and_did_not_have_is_work() -> None:
    reports = [
        vertex(inputs=["sha256:b"], started=at(1), completed=at(1), cached=True),
        vertex(started=at(2), completed=at(3), error="blob not found"),
        vertex(inputs=["sha256:b"], started=at(4), completed=at(6)),
    ]
    (worked,) = read_trace([line(vertexes=reports)]).vertexes
    assert (worked.cached, worked.state) == (False, State.RAN)


def test_an_error_that_went_away_is_gone() -> None:
    reports = [
        vertex(started=at(1), completed=at(2), error="no"),
        vertex(started=at(3), completed=at(4)),
    ]
    assert read_trace([line(vertexes=reports)]).vertexes[0].state is State.RAN


def test_a_character_split_over_chunks_and_streams() -> None:
    tick = "✓".encode()
    trace = read_trace(
        [
            line(vertexes=[vertex()]),
            line(logs=[log(b"out " + tick[:1]), log(b"err\n", stream=2), log(tick[1:] + b"\n")]),
        ]
    )
    assert trace.vertexes[0].log == "err\nout ✓\n"


def test_bytes_that_are_no_text_and_a_last_line_without_end() -> None:
    trace = read_trace([line(vertexes=[vertex()], logs=[log(b"\xff\nrest")])])
    assert trace.log == "\N{REPLACEMENT CHARACTER}\nrest"


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        '{"vertexes": 5}',
        '{"vertexes": [null]}',
        '{"vertexes": [{"name": "no digest"}]}',
        '{"vertexes": [{"digest": 7, "name": "x"}]}',
        '{"vertexes": [{"digest": "d", "name": "x", "started": "yesterday"}]}',
        '{"vertexes": [{"digest": "d", "name": "x", "started": "2026-01-01T00:00:00"}]}',
        '{"logs": [{"vertex": "d", "data": "%%%"}]}',
        '{"warnings": [{"short": "%"}]}',
        '{"warnings": [{"range": [{}]}]}',
        '{"something": "else"}',
        '{"vertexes": ' + "[" * 100_000,
    ],
)
def test_an_unreadable_line_is_kept_and_changes_nothing(bad: str) -> None:
    good = line(vertexes=[vertex(started=at(1), completed=at(2))])
    trace = read_trace([good, bad, good])
    assert trace.unreadable == (bad,)
    assert trace.vertexes == read_trace([good]).vertexes


def test_half_a_good_line_is_not_taken() -> None:
    bad = line(vertexes=[vertex(), {"name": "no digest"}])
    assert read_trace([bad]).vertexes == ()


def test_statuses_and_empty_lines_are_tolerated() -> None:
    status = {"id": "sha256:1", "vertex": "sha256:a", "current": 5, "total": 10}
    trace = read_trace([line(statuses=[status]), "{}", "", line(vertexes=None)])
    assert trace == Trace(vertexes=(), plain=("",))


def test_a_log_before_its_vertex_is_kept() -> None:
    trace = read_trace([line(logs=[log(b"early\n")]), line(vertexes=[vertex()])])
    assert trace.vertexes[0].log == "early\n"


def test_buildx_notes_are_no_error_report() -> None:
    notes = ["WARNING: No output specified", "View build details: docker-desktop://x"]
    assert error_report(read_trace(notes)) == ""
    failed = read_trace([*notes[:1], "Dockerfile:1", "ERROR: no", *notes[1:]])
    assert error_report(failed) == "Dockerfile:1\nERROR: no"


def test_a_build_tells_what_became_of_each_stage() -> None:
    def build(name: str) -> Build:
        trace = recorded(name)
        return Build(
            command=("docker",),
            exit_code=1 if error_report(trace) else 0,
            trace=trace,
            graph=None,
            target=None,
            image_digest=None,
            log=trace.log,
            message=error_report(trace),
            started=datetime(2026, 1, 1, tzinfo=UTC),
            duration_s=trace.real_s,
        )

    def states(name: str, *stages: str) -> list[str]:
        return [build(name).stage_state(stage).value for stage in stages]

    assert states("parallel", "api", "web", "stage-4", "test") == ["ran", "ran", "ran", "skipped"]
    assert states("cached", "api", "web", "stage-4") == ["cached", "cached", "cached"]
    assert states("failing", "bad", "good", "stage-2") == ["failed", "cancelled", "skipped"]
    # stage-2 had copied one of two when the build was cancelled.
    assert states("cancelled", "quick", "endless", "stage-2") == ["ran", "cancelled", "cancelled"]


def status(name: str, current: int, total: int = 0, vertex: str = "sha256:a") -> dict[str, Any]:
    return {"id": name, "vertex": vertex, "current": current, "total": total, "timestamp": at(1)}


def test_transfers_are_the_last_that_was_said_of_each() -> None:
    trace = read_trace(
        [
            line(vertexes=[vertex()], statuses=[status("sha256:1", 10, 90)]),
            line(statuses=[status("sha256:1", 90, 90), status("transferring context:", 7)]),
            line(statuses=[status("resolve lab/busybox", 0), status("sha256:2", 0, 5)]),
        ]
    )
    assert trace.vertexes[0].transfers == (
        Transfer("sha256:1", 90, 90),
        Transfer("transferring context:", 7, None),
        Transfer("sha256:2", 0, 5),
    )
    assert (trace.downloaded_bytes, trace.context_bytes) == (90, 7)


def test_a_blob_that_two_vertexes_wait_for_is_downloaded_once() -> None:
    other = vertex("[b 1/1] RUN y") | {"digest": "sha256:b"}
    both = [status("sha256:1", 40, 90), status("sha256:1", 90, 90, vertex="sha256:b")]
    trace = read_trace([line(vertexes=[vertex(), other], statuses=both)])
    assert trace.downloaded_bytes == 90


@pytest.mark.parametrize("broken", [{"id": 1, "vertex": "a"}, {"id": "x"}, "x"])
def test_a_status_that_cannot_be_read_is_kept_aside_with_its_line(broken: Any) -> None:
    trace = read_trace([line(vertexes=[vertex()], statuses=[broken])])
    assert trace.vertexes == ()
    assert len(trace.unreadable) == 1


def printing(lines: list[str], vertex: str = "sha256:a") -> str:
    data = base64.b64encode("".join(lines).encode()).decode()
    return json.dumps({"logs": [{"vertex": vertex, "stream": 1, "data": data}]})


def test_a_bounded_log_keeps_its_last_lines_and_hands_out_all() -> None:
    seen: list[str] = []
    reader = TraceReader(most_lines=3, on_log=lambda _, lines: seen.append(lines))
    reader.read_line('{"vertexes":[{"digest":"sha256:a","name":"[1/1] RUN seq"}]}')
    for number in range(100):
        reader.read_line(printing([f"{number}a\n", f"{number}b\n"]))
    trace = reader.trace()
    assert trace.vertexes[0].log == "98b\n99a\n99b\n"
    assert trace.log.splitlines()[0] == "85a"
    assert len(trace.log.splitlines()) == 30
    assert "".join(seen).splitlines() == [f"{n}{half}" for n in range(100) for half in "ab"]


def test_the_end_makes_a_line_of_what_was_printed_last() -> None:
    seen: list[tuple[str, str]] = []
    reader = TraceReader(on_log=lambda digest, lines: seen.append((digest, lines)))
    reader.read_line(printing(["whole\nhalf"]))
    assert seen == [("sha256:a", "whole\n")]
    reader.end()
    assert seen[1:] == [("sha256:a", "half\n")]
