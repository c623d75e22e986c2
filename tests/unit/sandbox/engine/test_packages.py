from __future__ import annotations

import json
import math
import threading
from pathlib import Path

import pytest

from sandbox import NotRunning, Pace, UsageError
from sandbox.engine import packages
from sandbox.engine.places import Places

BEGIN = '{"id": 1, "index": "npm", "path": "/npm/a", "started": "2026-01-01T00:00:00+00:00"}\n'
END = '{"id": 1, "status": 200, "size_bytes": 5, "duration_s": 0.1}\n'


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "h", tmp_path / "c")
    made.create()
    return made


def test_a_start_begins_with_the_usual_pace_and_keeps_the_token(places: Places) -> None:
    packages.configure(places)
    token = packages.token(places)
    packages.set_pace(places, Pace(1.0, 0))
    packages.configure(places)
    assert packages.pace(places) == packages.USUAL
    assert packages.token(places) == token
    assert len(token) == 40
    assert places.packages_token.stat().st_mode & 0o077 == 0


def test_every_sandbox_has_a_token_of_its_own(places: Places, tmp_path: Path) -> None:
    other = Places(tmp_path / "other", tmp_path / "c")
    other.create()
    for one in (places, other):
        packages.configure(one)
    assert packages.token(places) != packages.token(other)


def test_no_limit_is_null_in_the_file(places: Places) -> None:
    packages.set_pace(places, Pace(math.inf, 0.5))
    assert json.loads(places.pace.read_text()) == {"bandwidth_bytes_s": None, "latency_s": 0.5}
    assert packages.pace(places) == Pace(math.inf, 0.5)


def test_before_the_first_start_there_is_neither(places: Places) -> None:
    for ask in (packages.pace, packages.token):
        with pytest.raises(NotRunning) as caught:
            ask(places)
        assert "sandbox up" in caught.value.next_step


@pytest.mark.parametrize(("bandwidth", "latency"), [(0, 0), (-1, 0), (math.nan, 0), (1, -0.1),
                                                    (1, math.nan), (1, math.inf)])  # fmt: skip
def test_what_is_no_pace(bandwidth: float, latency: float) -> None:
    with pytest.raises(UsageError) as caught:
        Pace(bandwidth, latency)
    assert "math.inf" in caught.value.next_step


def test_a_pace_in_words() -> None:
    assert str(packages.USUAL) == "2.5 MB/s for all together, 30 ms before each answer"
    assert str(Pace(math.inf, 0)).startswith("no limit")


def test_only_what_came_since_is_read(places: Places) -> None:
    assert packages.log_bytes(places) == 0
    assert packages.downloads_since(places, 0, patience_s=0).requests == 0
    places.packages_log.write_text(BEGIN + END)
    begin_bytes = packages.log_bytes(places)
    assert packages.downloads_since(places, 0, patience_s=0).size_bytes == 5
    assert packages.downloads_since(places, begin_bytes, patience_s=0).requests == 0
    with places.packages_log.open("a") as log:
        log.write(BEGIN + END + BEGIN[:20])
    found = packages.downloads_since(places, begin_bytes, patience_s=0)
    assert (found.requests, found.size_bytes, found.unreadable) == (1, 5, ())


def test_the_end_of_a_request_is_waited_for(places: Places) -> None:
    places.packages_log.write_text(BEGIN)

    def finish() -> None:
        with places.packages_log.open("a") as log:
            log.write(END)

    timer = threading.Timer(0.05, finish)
    timer.start()
    assert not packages.downloads_since(places, 0, patience_s=20).unfinished
    timer.join()


def test_but_not_for_ever(places: Places) -> None:
    places.packages_log.write_text(BEGIN)
    assert len(packages.downloads_since(places, 0, patience_s=0.02).unfinished) == 1


def test_what_was_lent_does_not_outlast_a_start(places: Places) -> None:
    with pytest.raises(NotRunning):
        packages.lend(places, "npm_lent")
    packages.configure(places)
    with packages.lend(places, "npm_lent"):
        (path,) = places.lent_tokens.iterdir()
        assert path.read_text() == "npm_lent"
    places.lent_tokens.joinpath("left").touch()
    packages.configure(places)
    assert not places.lent_tokens.exists()
