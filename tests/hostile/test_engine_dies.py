"""What is broken, killed or taken away under a sandbox is healed by the next `up`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import EngineError, NotRunning
from sandbox.engine import lock
from sandbox.engine.network import DEFAULT_PORT

if TYPE_CHECKING:
    from tests.hostile.conftest import Lab

SLOW_BUILD = "FROM lab/busybox\nRUN echo begun && sleep 600\n"


def one_engine(lab: Lab) -> None:
    """One engine, the one that is known, and it answers a build."""
    assert lab.state is not None
    assert lab.engines() == [lab.state.pid]
    assert "Server:" in lab.sandbox.docker("version").stdout
    assert lab.names().count("dockerd") == 1


# -- state on disk -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"pid": "one", "created": 0, "port": 5000, "online": false, "rootfs": "/", '
        '"limits": {"memory_bytes": 1, "cpus": null, "pids": 1}, '
        '"fence": {"kind": "none", "folders": [], "prefix": []}}',
    ],
)
def test_a_state_file_that_says_nothing_useful(running: Lab, text: str) -> None:
    running.paths.state.write_text(text, encoding="latin-1")
    running.refused("status", code=3)
    done = running.run("up")
    assert done.returncode == 0, done.stderr
    one_engine(running)


def test_a_state_file_cut_short(running: Lab) -> None:
    whole = running.paths.state.read_text()
    running.paths.state.write_text(whole[: len(whole) // 2])
    assert running.run("up").returncode == 0
    one_engine(running)


def test_a_state_file_that_points_at_somebody_else(running: Lab) -> None:
    """A process id is used again by a program that is none of the sandbox's: it is left alone."""
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        data = json.loads(running.paths.state.read_text())
        running.paths.state.write_text(json.dumps({**data, "pid": stranger.pid}))
        assert running.run("up").returncode == 0
        one_engine(running)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_sockets_left_by_a_dead_engine(stopped: Lab) -> None:
    stopped.paths.rootlesskit.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as stale, socket.socket(socket.AF_UNIX) as api:
        stale.bind(str(stopped.paths.socket))
        api.bind(str(stopped.paths.rootlesskit / "api.sock"))
    (stopped.paths.rootlesskit / "lock").write_text("")
    assert stopped.run("up").returncode == 0
    one_engine(stopped)


# -- the lock ------------------------------------------------------------------------------


def test_a_lock_file_of_a_dead_process(stopped: Lab) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    stopped.paths.lock.write_text(str(ended.pid))
    done = stopped.run("up")
    assert done.returncode == 0, done.stderr
    assert "waiting" not in done.stderr


def test_a_lock_held_by_a_live_process_is_waited_for(stopped: Lab) -> None:
    with lock.held(stopped.paths.lock, tell=print):
        process = stopped.start("up")
        said = ""
        assert process.stderr is not None
        while "waiting" not in said:
            said = process.stderr.readline()
        assert f"waiting for process {os.getpid()}" in said
        assert stopped.engines() == []
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    one_engine(stopped)


def test_a_lock_that_is_never_given_back(stopped: Lab) -> None:
    before = "from sandbox.engine import lock; lock.held.__wrapped__.__kwdefaults__['wait_s'] = 0.2"
    with lock.held(stopped.paths.lock, tell=print):
        said = stopped.but(before=before).refused("up", code=3)
    assert f"Process {os.getpid()} has held" in said
    assert f"ps -fp {os.getpid()}" in said


# -- ports ---------------------------------------------------------------------------------


def test_a_taken_port_is_passed_over(stopped: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = stopped.refused("up", "--port", str(port), code=3)
        assert f"Port {port} of 127.0.0.1 is in use" in said
        assert "leave out --port" in said
        assert stopped.engines() == []
    taken = {}
    try:
        # The last one, which is asked for first, and the next ones; other engines may have some.
        for port in (int(stopped.paths.port.read_text()), *range(DEFAULT_PORT, DEFAULT_PORT + 3)):
            with contextlib.suppress(OSError):
                taken[port] = socket.create_server(("127.0.0.1", port))
        assert taken
        assert stopped.run("up").returncode == 0
    finally:
        for server in taken.values():
            server.close()
    assert stopped.state is not None
    assert stopped.state.port not in taken
    assert stopped.builds("another port")


def test_a_free_port_is_the_one_that_was_asked_for(stopped: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    done = stopped.run("up", "--port", str(port))
    assert done.returncode == 0, done.stderr
    assert f"localhost:{port}" in done.stdout
    said = stopped.refused("up", "--port", str(port + 1), code=3)
    assert f"running with its registry at port {port}" in said
    assert f"sandbox up --port {port + 1}" in said
    one_engine(stopped)


# -- killed --------------------------------------------------------------------------------


@pytest.mark.parametrize("victim", ["rootlesskit", "dockerd", "containerd", "docker-registry"])
def test_killed_between_builds(running: Lab, victim: str) -> None:
    assert running.builds("kept")
    old = running.engine
    target = old if victim == "rootlesskit" else running.daemon(victim)
    target.kill()
    running.wait_until(lambda: running.ended(target), "it has ended")
    running.refused("status", code=3)
    done = running.run("up")
    assert done.returncode == 0, done.stderr
    one_engine(running)
    # What was built before is still there.
    folder = running.home.parent / "again"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("FROM lab/busybox\nRUN echo kept\n")
    built = running.sandbox.build(folder)
    assert [v.cached for v in built.trace.vertexes if "echo kept" in v.name] == [True]


@pytest.mark.parametrize("victim", ["rootlesskit", "dockerd"])
def test_killed_during_a_build(running: Lab, tmp_path: Path, victim: str) -> None:
    (tmp_path / "Dockerfile").write_text(SLOW_BUILD)
    target = running.engine if victim == "rootlesskit" else running.daemon(victim)

    gone = pytest.raises(EngineError, match="went away during the build")
    with running.during("sleep 600", target.kill), gone as caught:
        running.sandbox.build(tmp_path)
    assert "sandbox up" in caught.value.next_step
    with pytest.raises(NotRunning):
        _ = running.sandbox.state
    running.sandbox.up()
    one_engine(running)
    assert running.builds("after all")


def test_up_is_killed_right_after_it_has_launched_the_engine(stopped: Lab) -> None:
    killed = stopped.but(
        before="import os; from sandbox.engine.state import EngineState;"
        "EngineState.save = lambda *_: os.kill(os.getpid(), 9)"
    )
    assert killed.run("up").returncode == -signal.SIGKILL
    assert stopped.state is None
    done = stopped.run("up")
    assert done.returncode == 0, done.stderr
    one_engine(stopped)


def test_up_is_interrupted_while_the_engine_starts(stopped: Lab) -> None:
    process = stopped.start("up")
    stopped.wait_until(stopped.paths.state.exists, "an engine that is about to start")
    stopped.ctrl_c(process)
    assert stopped.engines() == []
    assert stopped.processes() == []
    stopped.refused("status", code=3)
    assert stopped.run("up").returncode == 0


def test_an_engine_that_cannot_start_leaves_nothing(stopped: Lab) -> None:
    data = stopped.paths.data
    data.rename(data.with_name("aside"))
    data.write_text("a file where a folder should be")
    try:
        said = stopped.refused("up", code=3)
    finally:
        data.unlink(missing_ok=True)
        data.with_name("aside").rename(data)
    assert stopped.processes() == []
    assert said
    assert stopped.run("up").returncode == 0


# -- two at once, and the home taken away ------------------------------------------------------


def test_two_at_once_give_one_engine(stopped: Lab) -> None:
    many = [stopped.start("up") for _ in range(3)]
    ends = [process.communicate(timeout=120) for process in many]
    assert [process.returncode for process in many] == [0, 0, 0], ends
    assert len({out for out, _ in ends}) == 1
    one_engine(stopped)


def test_the_home_is_removed_under_a_running_engine(running: Lab) -> None:
    shutil.rmtree(running.home)
    running.refused("status", code=3)
    done = running.run("up")
    assert done.returncode == 0, done.stderr
    one_engine(running)
    assert running.builds("from nothing")


def test_down_ends_an_engine_whose_home_is_gone(running: Lab) -> None:
    gone = running.home.rename(running.home.with_name("gone"))
    shutil.rmtree(gone, ignore_errors=True)  # the engine makes and removes files meanwhile
    assert running.run("down").stdout == "The sandbox is down.\n"
    assert running.processes() == []
    shutil.rmtree(gone, ignore_errors=True)


def test_reset_while_running(running: Lab) -> None:
    done = running.run("reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert not running.home.exists()
    assert running.processes() == []
    assert running.cache.is_dir()
    assert running.run("up").returncode == 0
    one_engine(running)


def test_reset_asks_first(running: Lab) -> None:
    done = running.run("reset")
    assert done.returncode == 130
    one_engine(running)


def test_reset_and_up_at_once_leave_one_engine_or_none(running: Lab) -> None:
    resetting, starting = running.start("reset", "--yes"), running.start("up")
    ends = [process.communicate(timeout=120) for process in (resetting, starting)]
    assert "Traceback" not in str(ends)
    done = running.run("up")
    assert done.returncode == 0, (done.stderr, ends)
    one_engine(running)


def test_down_twice(running: Lab) -> None:
    first, second = running.run("down"), running.run("down")
    assert (first.returncode, first.stdout) == (0, "The sandbox is down.\n")
    assert (second.returncode, second.stdout) == (0, "The sandbox was not running.\n")
    assert running.processes() == []


@pytest.mark.parametrize("command", ["status", "images"])
def test_down_is_no_state_to_ask_about(stopped: Lab, command: str) -> None:
    assert "`sandbox up` starts it" in stopped.refused(command, code=3)
