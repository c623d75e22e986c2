"""The line that all connections share, on a clock that the test moves."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from sandbox.engine.inside.pace import LEAST_PIECE_BYTES, MOST_PIECE_BYTES, PIECE_S, Throttle


class Clock:
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        assert duration_s >= 0
        self.now_s += duration_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace(path: Path, clock: Clock, contents: object) -> Throttle:
    path.write_text(contents if isinstance(contents, str) else json.dumps(contents))
    return Throttle(path, clock=clock, sleep=clock.sleep)


def test_bytes_take_their_time(tmp_path: Path, clock: Clock) -> None:
    line = pace(tmp_path / "p", clock, {"bandwidth_bytes_s": 1000, "latency_s": 0})
    line.delay()
    line.take(500)
    line.take(250)
    assert clock.now_s == pytest.approx(100.75)
    clock.sleep(10)
    line.take(1000)  # what was not used before is not saved up
    assert clock.now_s == pytest.approx(111.75)


def test_a_request_waits(tmp_path: Path, clock: Clock) -> None:
    line = pace(tmp_path / "p", clock, {"bandwidth_bytes_s": None, "latency_s": 0.25})
    line.delay()
    assert clock.now_s == pytest.approx(100.25)
    line.take(10**9)
    assert clock.now_s == pytest.approx(100.25)
    assert line.piece_bytes() == MOST_PIECE_BYTES


@pytest.mark.parametrize(("bandwidth", "piece"), [(1, LEAST_PIECE_BYTES), (1e6, 1e6 * PIECE_S),
                                                  (1e9, MOST_PIECE_BYTES)])  # fmt: skip
def test_pieces_are_short_enough_to_share(
    tmp_path: Path, clock: Clock, bandwidth: float, piece: float
) -> None:
    line = pace(tmp_path / "p", clock, {"bandwidth_bytes_s": bandwidth, "latency_s": 0})
    assert line.piece_bytes() == piece


def test_all_threads_are_behind_each_other(tmp_path: Path) -> None:
    waits: dict[int, float] = {}
    file = tmp_path / "p"
    file.write_text(json.dumps({"bandwidth_bytes_s": 1000, "latency_s": 0}))

    def sleep(duration_s: float) -> None:
        waits[threading.get_ident()] = waits.get(threading.get_ident(), 0) + duration_s

    line = Throttle(file, clock=lambda: 5.0, sleep=sleep)
    line.piece_bytes()
    # Ids of threads that have ended are given again.
    together = threading.Barrier(20)

    def take() -> None:
        together.wait()
        line.take(100)
        together.wait()

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits.values()) == pytest.approx([0.1 * n for n in range(1, 21)])


def test_a_new_pace_holds_for_whoever_waits_at_the_old_one(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "p"
    slow = {"bandwidth_bytes_s": 1, "latency_s": 3600}

    def sleep(duration_s: float) -> None:
        clock.sleep(duration_s)
        if clock.now_s > 110:  # while somebody waits
            new = tmp_path / "new"
            new.write_text(json.dumps({"bandwidth_bytes_s": 1000, "latency_s": 0}))
            new.replace(file)

    for wait in (lambda line: line.delay(), lambda line: line.take(10_000)):
        clock.now_s = 100.0
        file.write_text(json.dumps(slow))
        line = Throttle(file, clock=clock, sleep=sleep)
        line.piece_bytes()
        wait(line)
        assert 110 < clock.now_s < 111
        line.take(500)  # not behind what the old pace had let in
        assert clock.now_s < 112


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", "{}", '{"bandwidth_bytes_s": "fast", "latency_s": 0}',
               '{"bandwidth_bytes_s": 1, "latency_s": null}'],
)  # fmt: skip
def test_a_broken_file_changes_nothing_and_is_named_once(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    line = pace(tmp_path / "p", clock, {"bandwidth_bytes_s": None, "latency_s": 0.5})
    line.delay()
    new = tmp_path / "new"
    new.write_text(broken)
    new.replace(tmp_path / "p")
    line.delay()
    line.delay()
    assert clock.now_s == pytest.approx(101.5)
    assert line.piece_bytes() == MOST_PIECE_BYTES
    assert capsys.readouterr().err.count(str(tmp_path / "p")) == 1


def test_without_a_file_nothing_waits(tmp_path: Path, clock: Clock) -> None:
    line = Throttle(tmp_path / "none", clock=clock, sleep=clock.sleep)
    line.delay()
    line.take(1000)
    assert clock.now_s == 100.0
