"""A trace that one thread reads and another one watches."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sandbox.build.recorder import Recorder
from sandbox.build.running_trace import RunningTrace
from sandbox.parse import rawjson
from sandbox.parse.rawjson import read_trace

LINES = (Path(__file__).parents[3] / "data" / "traces" / "parallel.jsonl").read_text().splitlines()


def test_it_ends_as_a_trace_that_was_read_at_once() -> None:
    running = RunningTrace()
    for number, line in enumerate(LINES, start=1):
        running.read_line(f"{line}\n")
        assert running.lines_read == number
    whole = read_trace(LINES)
    assert running.trace(log_lines=None) == whole
    assert [v.digest for v in running.trace().vertexes] == [v.digest for v in whole.vertexes]
    assert not any(vertex.log for vertex in running.trace().vertexes)
    last = {v.digest: v.log.splitlines(keepends=True)[-1:] for v in whole.vertexes}
    assert {v.digest: v.log for v in running.trace(1).vertexes} == {
        digest: "".join(lines) for digest, lines in last.items()
    }


def test_logs_reach_every_follower_whole() -> None:
    seen: list[tuple[str, str]] = []
    running = RunningTrace()
    running.follow_log(lambda digest, lines: seen.append((digest, lines)))
    for line in LINES:
        running.read_line(line)
    running.end()
    whole = {v.digest: v.log for v in read_trace(LINES).vertexes if v.log}
    assert whole
    assert {
        digest: "".join(lines for of, lines in seen if of == digest) for digest, _ in seen
    } == whole


def test_a_watcher_sees_only_whole_moments() -> None:
    running = RunningTrace()
    counts: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            counts.append(len(running.trace(1).vertexes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(20):
        for line in LINES:
            running.read_line(line)
    over.set()
    watcher.join()
    assert counts == sorted(counts)


def test_a_line_of_a_watched_build_is_parsed_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parsed: list[str] = []
    loads = rawjson.json.loads

    def count(text: str) -> object:
        parsed.append(text)
        return loads(text)

    monkeypatch.setattr(rawjson.json, "loads", count)
    watched: list[RunningTrace] = []
    with Recorder(tmp_path, None, None, watched.append) as recorder:
        for line in LINES:
            recorder.record(f"{line}\n")
            watched[0].trace()
    assert parsed == [line for line in LINES if line.startswith("{")]
