"""When an engine is started, kept or refused; the engine itself is played."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import EngineError, HostError, Limits, NotRunning
from sandbox.engine import doctor, lifecycle, network, rootfs, rootless
from sandbox.engine.lifecycle import PORT_TAKEN, Lifecycle
from sandbox.engine.limits import Fence
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState, birth

LIMITS = Limits(1 << 30, None, 300)
RUNNING = EngineState(1, "boot/7", 5000, False, Path("/tree"), LIMITS, Fence("none"))


@dataclass
class Host:
    """Stands in for ``rootless``; remembers what it was asked to do."""

    runs: bool = False
    asked: int = 0
    taken: list[int] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    stopped: int = 0
    tried: list[bool] = field(default_factory=list)

    def healthy(self, paths: Paths, known: EngineState | None) -> bool:
        self.asked += 1
        return self.runs and known is not None

    def start(self, paths: Paths, tree: Path, **options: Any) -> EngineState:
        if options["port"] in self.taken:
            raise EngineError("no", next_step="no", stderr_tail=PORT_TAKEN)
        self.started.append(options)
        self.runs = True
        made = replace(RUNNING, port=options["port"], online=options["online"])
        made.save(paths.state)
        return made

    def stop(self, paths: Paths, known: EngineState | None, *, grace_s: float = 0.0) -> bool:
        was, self.runs = self.runs, False
        self.stopped += 1
        return was

    def set_online(self, paths: Paths, known: EngineState, *, online: bool) -> EngineState:
        return known.with_online(online)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host()
    for name in ("healthy", "start", "stop", "set_online"):
        monkeypatch.setattr(rootless, name, getattr(host, name))
    ports: Iterator[int] = iter(range(5000, 6000))
    monkeypatch.setattr(rootless, "is_of_this_version", lambda _: True)
    monkeypatch.setattr(doctor, "require", lambda *_, trying: host.tried.append(trying))
    monkeypatch.setattr(doctor, "explained", lambda *known: known[-1])
    monkeypatch.setattr(rootfs, "ensure", lambda *_, **__: Path("/tree"))
    monkeypatch.setattr(network, "free_port", lambda wanted, _: wanted or next(ports))
    monkeypatch.setattr("sandbox.engine.lifecycle.engines_in", lambda _: iter(()))
    return host


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home", tmp_path / "cache")


@pytest.fixture
def life(host: Host, paths: Paths) -> Lifecycle:
    return Lifecycle(paths, lambda _: None, lambda: None)


def up(life: Lifecycle, **options: Any) -> EngineState:
    return life.up(**{"online": None, "limits": None, "port": None, **options})


def test_an_engine_is_started_once_and_kept(life: Lifecycle, host: Host) -> None:
    with pytest.raises(NotRunning):
        life.state()
    assert up(life) == up(life) == life.state()
    assert life.started_here
    assert [options["online"] for options in host.started] == [False]


def test_a_running_engine_is_not_of_ones_own(life: Lifecycle, host: Host, paths: Paths) -> None:
    host.runs = True
    paths.create()
    RUNNING.save(paths.state)
    assert up(life) == RUNNING
    assert not life.started_here
    assert up(life, online=True).online


@pytest.mark.parametrize(
    "wish", [{"port": 5001}, {"limits": Limits(1 << 31, None, 300)}], ids=["port", "limits"]
)
def test_a_running_engine_keeps_its_port_and_limits(life: Lifecycle, wish: dict[str, Any]) -> None:
    up(life)
    with pytest.raises(EngineError, match="is running with") as caught:
        up(life, **wish)
    assert "sandbox down" in caught.value.next_step


def test_a_killed_engine_comes_back_as_it_was(life: Lifecycle, host: Host, paths: Paths) -> None:
    up(life, online=True)
    host.runs = False
    assert up(life).online
    assert host.started[-1]["bounds"] == LIMITS


def test_a_port_that_is_taken_meanwhile_is_not_the_last_try(life: Lifecycle, host: Host) -> None:
    host.taken = [5000, 5001]
    assert up(life).port == 5002
    host.runs = False
    host.taken = [7000]
    with pytest.raises(EngineError):
        up(life, port=7000)


def test_the_machine_is_tried_before_the_first_start_only(
    life: Lifecycle, host: Host, paths: Paths
) -> None:
    up(life)
    paths.port.write_text("5000\n")  # as a start that went well does
    host.runs = False
    up(life)
    assert host.tried == [True, False]


def test_a_failed_start_says_what_the_machine_lacks(
    life: Lifecycle, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = HostError("no tun", next_step="modprobe tun")
    monkeypatch.setattr(doctor, "explained", lambda *_: lacks)
    host.taken = [7000]
    with pytest.raises(HostError, match="no tun"):
        up(life, port=7000)


def test_down_ends_the_services_and_the_engine(host: Host, paths: Paths) -> None:
    ended: list[str] = []
    life = Lifecycle(paths, lambda _: None, lambda: ended.append("services"))
    assert not life.down()
    assert ended == []
    up(life)
    assert life.down()
    assert ended == ["services"]
    assert not life.down()


def test_reset_removes_the_own_files_and_no_others(life: Lifecycle, paths: Paths) -> None:
    up(life)
    (paths.home / "mine").touch()
    paths.images.mkdir(parents=True)
    life.reset(cache=False)
    assert [path.name for path in paths.home.iterdir()] == ["mine"]
    assert paths.images.is_dir()
    (paths.home / "mine").unlink()
    life.reset(cache=True)
    assert not paths.home.exists()
    assert not paths.cache.exists()


def test_an_engine_that_has_just_answered_is_not_asked_again(
    life: Lifecycle, host: Host, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = birth(os.getpid())
    assert started is not None
    state = replace(RUNNING, pid=os.getpid(), started=started)
    paths.create()
    state.save(paths.state)
    host.runs = True

    assert life.state() == life.state() == state
    assert host.asked == 1

    monkeypatch.setattr(lifecycle, "ANSWER_HOLDS_S", 0.0)
    host.runs = False
    with pytest.raises(NotRunning):
        life.state()


def test_an_engine_that_has_ended_since_its_answer_is_not_running(
    life: Lifecycle, host: Host, paths: Paths
) -> None:
    paths.create()
    host.runs = True
    with subprocess.Popen(["sleep", "60"]) as engine:
        started = birth(engine.pid)
        assert started is not None
        replace(RUNNING, pid=engine.pid, started=started).save(paths.state)
        life.state()
        engine.kill()

    with pytest.raises(NotRunning):
        life.state()
