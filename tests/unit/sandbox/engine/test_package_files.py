from __future__ import annotations

import json
import math
import threading
from pathlib import Path

import pytest

from sandbox import NotRunning, Pace, UsageError
from sandbox.engine import package_files
from sandbox.engine.paths import Paths

BEGIN = '{"id": 1, "index": "npm", "path": "/npm/a", "started": "2026-01-01T00:00:00+00:00"}\n'
END = '{"id": 1, "status": 200, "size_bytes": 5, "duration_s": 0.1}\n'


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    made = Paths(tmp_path / "h", tmp_path / "c")
    made.create()
    return made


def test_a_start_begins_with_the_usual_pace_and_keeps_the_token(paths: Paths) -> None:
    package_files.configure(paths)
    token = package_files.token(paths)
    package_files.set_pace(paths, Pace(1.0, 0))
    package_files.configure(paths)
    assert package_files.pace(paths) == package_files.USUAL
    assert package_files.token(paths) == token
    assert len(token) == 40
    assert paths.packages_token.stat().st_mode & 0o077 == 0


def test_every_sandbox_has_a_token_of_its_own(paths: Paths, tmp_path: Path) -> None:
    other = Paths(tmp_path / "other", tmp_path / "c")
    other.create()
    for one in (paths, other):
        package_files.configure(one)
    assert package_files.token(paths) != package_files.token(other)


def test_no_limit_is_null_in_the_file(paths: Paths) -> None:
    package_files.set_pace(paths, Pace(math.inf, 0.5))
    assert json.loads(paths.pace.read_text()) == {"bandwidth_bytes_s": None, "latency_s": 0.5}
    assert package_files.pace(paths) == Pace(math.inf, 0.5)


def test_before_the_first_start_there_is_neither(paths: Paths) -> None:
    for ask in (package_files.pace, package_files.token):
        with pytest.raises(NotRunning) as caught:
            ask(paths)
        assert "sandbox up" in caught.value.next_step


@pytest.mark.parametrize(("bandwidth", "latency"), [(0, 0), (-1, 0), (math.nan, 0), (1, -0.1),
                                                    (1, math.nan), (1, math.inf)])  # fmt: skip
def test_what_is_no_pace(bandwidth: float, latency: float) -> None:
    with pytest.raises(UsageError) as caught:
        Pace(bandwidth, latency)
    assert "math.inf" in caught.value.next_step


def test_a_pace_in_words() -> None:
    assert (
        str(package_files.USUAL)
        == "2.5 MB/s for all connections together, 30 ms before each answer"
    )
    assert str(Pace(math.inf, 0)).startswith("no limit")


def test_only_what_came_since_is_read(paths: Paths) -> None:
    assert package_files.log_bytes(paths) == 0
    assert package_files.downloads_since(paths, 0, patience_s=0).requests == 0
    paths.packages_log.write_text(BEGIN + END)
    begin_bytes = package_files.log_bytes(paths)
    assert package_files.downloads_since(paths, 0, patience_s=0).size_bytes == 5
    assert package_files.downloads_since(paths, begin_bytes, patience_s=0).requests == 0
    with paths.packages_log.open("a") as log:
        log.write(BEGIN + END + BEGIN[:20])
    found = package_files.downloads_since(paths, begin_bytes, patience_s=0)
    assert (found.requests, found.size_bytes, found.unreadable) == (1, 5, ())


def test_the_end_of_a_request_is_waited_for(paths: Paths) -> None:
    paths.packages_log.write_text(BEGIN)

    def finish() -> None:
        with paths.packages_log.open("a") as log:
            log.write(END)

    timer = threading.Timer(0.05, finish)
    timer.start()
    assert not package_files.downloads_since(paths, 0, patience_s=20).unfinished
    timer.join()


def test_but_not_for_ever(paths: Paths) -> None:
    paths.packages_log.write_text(BEGIN)
    assert len(package_files.downloads_since(paths, 0, patience_s=0.02).unfinished) == 1


def test_what_was_lent_does_not_outlast_a_start(paths: Paths) -> None:
    with pytest.raises(NotRunning):
        package_files.lend(paths, "npm_lent")
    package_files.configure(paths)
    with package_files.lend(paths, "npm_lent"):
        (path,) = paths.lent_tokens.iterdir()
        assert path.read_text() == "npm_lent\n"
    paths.lent_tokens.joinpath("left").touch()
    package_files.configure(paths)
    assert not paths.lent_tokens.exists()
