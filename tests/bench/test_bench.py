"""`make bench` with one pair: every figure is there, and is one. How big it is, is not tested."""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parent
UNITS = {
    "up": "s",
    "idle": "MB",
    "startup checker list": "s",
    "startup checker --help": "s",
    "startup sandbox --help": "s",
    "startup sandbox status": "s",
    "build": "ratio",
    "solution 04-small-context": "ratio",
    "clone up": "s",
    "clone gone": "s",
}
# Those that take long are left out: watched builds, the lesson, all solutions but one, and what
# makes many clones.
NAMES = ("up", "idle", "startup", "build", "04-small-context", "clone")


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the bench by name, as the bench itself does."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module


def test_what_overlaps_counts_once(modules: Any) -> None:
    recording = modules("recording")
    times = [(10.0, 12.0), (11.0, 11.5), (11.0, 13.0), (20.0, 21.0)]
    commands = [recording.Command((), Path(), start, end) for start, end in reversed(times)]
    assert recording.docker_s(commands) == 4.0
    assert recording.docker_s([]) == 0.0


def test_what_the_sandbox_adds_is_taken_away(modules: Any) -> None:
    given = ("buildx", "build", "--progress=rawjson", "--metadata-file", "m.json", "--push", ".")
    assert modules("recording").bare(given) == ("buildx", "build", "--push", ".")


def test_a_row_has_median_spread_goal_and_parts(modules: Any) -> None:
    figure = modules("report").Figure
    rows = {
        "a build 1.100 (1.000 to 1.200, n=3) at most 1.05 MISSED own_s 0.50": figure(
            "build", "a build", "ratio", (1.0, 1.2, 1.1), 1.05, {"own_s": 0.5}
        ),
        "idle 180 MB at most 250 MB reached": figure("idle", "idle", "MB", (180.4,), 250),
        "a lesson 1.50 s": figure("lesson", "a lesson", "s", (1.5,)),
    }
    for row, one in rows.items():
        assert " ".join(one.as_row().split()) == row


def test_a_figure_that_there_is_not_is_refused() -> None:
    done = _bench("bild")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no figure bild" in done.stderr
    assert "19-bake" in done.stderr


@pytest.mark.engine
@pytest.mark.timeout(900)  # on a machine that may be busy
def test_one_pair_of_everything(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDKIT_LAB_CACHE", str(cache))
    done = _bench("--json", "--pairs=1", *NAMES)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["version"], found["pairs"]) == (1, 1)
    figures = {item["name"]: item for item in found["figures"]}
    assert {name: item["unit"] for name, item in figures.items()} == UNITS
    for item in figures.values():
        assert len(item["values"]) == 1
        numbers = (*item["values"], item["median"], *item["parts"].values())
        assert all(math.isfinite(number) and number > 0 for number in numbers), item
    # Each line was printed when its figure was there, in their order.
    titles = [item["title"] for item in found["figures"]]
    assert [line[:46].rstrip() for line in done.stderr.splitlines()] == [t[:46] for t in titles]


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_class_of_one_and_its_book(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDKIT_LAB_CACHE", str(cache))
    done = _bench("--json", "--pairs=1", "--size=1", "serial", "book", of="class_bench.py")
    assert done.returncode == 0, done.stderr
    figures = {item["name"]: item for item in json.loads(done.stdout)["figures"]}
    units = {"serial": "ratio", "own": "s", "book": "s", "book memory": "MB"}
    assert {name: item["unit"] for name, item in figures.items()} == units
    assert figures["serial"]["median"] > 0
    assert figures["book"]["title"].startswith("200 grades")
    assert 20 < figures["book memory"]["median"] < 1000


def _bench(*arguments: str, of: str = "bench.py") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCH / of, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
