"""Memory and disk while something runs, from the files of a cgroup of either version."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.engine import counters
from sandbox.engine.counters import watched
from sandbox.engine.limits import Fence, Limits
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState

Count = Callable[[int], None]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    made = Paths(tmp_path / "home", tmp_path / "cache")
    made.create()
    state = EngineState(
        os.getpid(), "now", 5000, False, Path("/"), Limits.of("1g"), Fence("cgroup v1")
    )
    state.save(made.state)
    return made


@pytest.fixture
def count(paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Count:
    """Sets how many processes the kernel has killed in this process's cgroup."""
    monkeypatch.setattr(counters, "CGROUP", tmp_path / "cgroup")
    found = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            found["memory" if controllers else ""] = path.lstrip("/")
    version = "memory" if "memory" in found else ""
    folder = tmp_path / "cgroup" / version / found[version]
    folder.mkdir(parents=True)
    name = "memory.oom_control" if version else "memory.events"
    if not version:
        (tmp_path / "cgroup/cgroup.controllers").touch()

    def write(kills: int) -> None:
        (folder / name).write_text(f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n")

    write(3)
    return write


def test_only_what_happens_meanwhile_counts(paths: Paths, count: Count) -> None:
    with watched(paths) as strain:
        assert strain().oom_kills == 0
        count(5)
    assert strain().oom_kills == 2


def test_without_a_cgroup_of_its_own_nothing_is_counted(paths: Paths, count: Count) -> None:
    state = counters.load(paths.state)
    assert state is not None
    replace(state, fence=Fence("none")).save(paths.state)

    with watched(paths) as strain:
        count(5)
    assert strain().oom_kills is None


def test_the_least_free_space_is_seen_although_it_is_free_again(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 1 << 40
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    monkeypatch.setattr(counters, "POLL_S", 0.001)

    with watched(paths) as strain:
        free = 4096
        give_up = time.monotonic() + 30
        while strain().least_free_bytes != free and time.monotonic() < give_up:
            time.sleep(0.001)
        free = 1 << 40
    assert strain().least_free_bytes == 4096
