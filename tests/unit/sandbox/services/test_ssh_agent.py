"""A real ssh-agent, beside one that stands for the learner's own. No engine is needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import CommandError, HostError, SshAgent
from sandbox.services import ssh_agent
from sandbox.services.ssh_agent import VARIABLE, end_all

ADDRESS = "ssh-agent of somebody else"


def wait_until(true: Callable[[], object]) -> None:
    give_up = time.monotonic() + 30
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def at_work(folder: Path) -> list[psutil.Process]:
    """Processes with a socket of this folder in their words: agents and who attends to them."""
    found = []
    for one in psutil.process_iter():
        try:
            if any(word.startswith(f"{folder}/agent-") for word in one.cmdline()):
                found.append(one)
        except psutil.Error:
            continue
    return [one for one in found if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def keys(socket: object) -> str:
    """What an agent says that it holds."""
    done = subprocess.run(
        ["ssh-add", "-l"],
        env={**os.environ, VARIABLE: str(socket)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "for-tests", "-f", str(file)]
    subprocess.run(words, check=True)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where sockets go; whatever a test leaves running fails it."""
    made = tmp_path / "run"
    made.mkdir()
    yield made
    left = at_work(made)
    for one in left:
        one.kill()
    assert left == []
    assert list(made.iterdir()) == []


def test_holds_the_one_key_and_is_gone_afterwards(key: Path, folder: Path) -> None:
    environ = dict(os.environ)
    agent = SshAgent(folder, key, environ)
    assert agent.socket is None
    agent.start()
    assert environ[VARIABLE] == str(agent.socket)
    (line,) = keys(agent.socket).splitlines()
    assert "for-tests" in line
    running = at_work(folder)
    assert {one.name() for one in running} == {"sh", "ssh-agent"}
    agent.stop()
    assert agent.socket is None
    assert at_work(folder) == []
    agent.stop()


@pytest.mark.parametrize("before", [None, "", ADDRESS])
def test_the_variable_is_put_back(key: Path, folder: Path, before: str | None) -> None:
    environ = dict(os.environ)
    environ.pop(VARIABLE, None)
    if before is not None:
        environ[VARIABLE] = before
    kept = dict(environ)
    with SshAgent(folder, key, environ) as agent:
        assert environ == {**kept, VARIABLE: str(agent.socket)}
    assert environ == kept


def test_by_default_it_is_this_processs_variable(
    key: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, ADDRESS)
    with SshAgent(folder, key) as agent:
        assert os.environ[VARIABLE] == str(agent.socket)
    assert os.environ[VARIABLE] == ADDRESS


def test_what_the_learner_set_meanwhile_stays(key: Path, folder: Path) -> None:
    environ = {**os.environ, VARIABLE: "old"}
    with SshAgent(folder, key, environ):
        environ[VARIABLE] = ADDRESS
    assert environ[VARIABLE] == ADDRESS
    with SshAgent(folder, key, environ):
        del environ[VARIABLE]
    assert VARIABLE not in environ


def test_one_in_the_other(key: Path, folder: Path) -> None:
    environ = {**os.environ, VARIABLE: ADDRESS}
    with SshAgent(folder, key, environ) as outer:
        with SshAgent(folder, key, environ) as inner:
            assert environ[VARIABLE] == str(inner.socket) != str(outer.socket)
        assert environ[VARIABLE] == str(outer.socket)
    assert environ[VARIABLE] == ADDRESS


def test_ended_in_another_order_nothing_leads_to_one_that_is_gone(key: Path, folder: Path) -> None:
    environ = dict(os.environ)
    first, second = (SshAgent(folder, key, environ) for _ in range(2))
    first.start()
    second.start()
    first.stop()
    assert environ[VARIABLE] == str(second.socket)
    second.stop()
    assert VARIABLE not in environ


def test_started_twice_it_is_one(key: Path, folder: Path) -> None:
    environ = {**os.environ, VARIABLE: ADDRESS}
    agent = SshAgent(folder, key, environ)
    agent.start()
    before = agent.socket
    agent.start()
    assert agent.socket == before
    assert len(at_work(folder)) == 2
    agent.stop()
    assert environ[VARIABLE] == ADDRESS
    agent.start()
    assert agent.socket not in (None, before)
    agent.stop()


def test_a_cell_run_again_leaves_one(key: Path, folder: Path) -> None:
    """Its name is given to the next object: the one before must not go on without a name."""
    environ = {**os.environ, VARIABLE: ADDRESS}
    for _ in range(3):
        agent = SshAgent(folder, key, environ)
        agent.start()
        assert len(list(folder.iterdir())) <= 2
    assert len(list(folder.iterdir())) == 1
    assert keys(environ[VARIABLE])
    agent.stop()
    assert environ[VARIABLE] == ADDRESS


def test_one_that_somebody_ended_is_started_anew(key: Path, folder: Path) -> None:
    environ = {**os.environ, VARIABLE: ADDRESS}
    agent = SshAgent(folder, key, environ)
    agent.start()
    end_all(folder)
    assert at_work(folder) == []
    assert agent.socket is None
    agent.start()
    assert "for-tests" in keys(environ[VARIABLE])
    agent.stop()
    assert environ[VARIABLE] == ADDRESS


def test_ending_all_means_those_of_one_folder(key: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with SshAgent(other, key, dict(os.environ)) as stays, SshAgent(folder, key, dict(os.environ)):
        end_all(folder)
        assert at_work(folder) == []
        assert "for-tests" in keys(stays.socket)
    (folder / "agent-00000000.sock").touch()  # of one that was killed
    end_all(folder)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_ends_with_its_process_however_that_ends(
    key: Path, folder: Path, end: signal.Signals
) -> None:
    """Debian's ssh-agent has the set-group-ID bit, for which the kernel forgets a tie."""
    program = (
        "import sys; from pathlib import Path; from sandbox import SshAgent\n"
        "agent = SshAgent(*map(Path, sys.argv[1:]))\n"
        "agent.start(); print(agent.socket, flush=True); input()"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", program, str(folder), str(key)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with kernel:
        assert kernel.stdout is not None
        assert kernel.stdout.readline().strip()
        assert len(at_work(folder)) == 2
        kernel.send_signal(end)
        kernel.wait()
    wait_until(lambda: not at_work(folder))
    wait_until(lambda: not list(folder.iterdir()))


def test_ends_when_its_process_ends_by_itself(key: Path, folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from sandbox import SshAgent\n"
        "agent = SshAgent(*map(Path, sys.argv[1:])); agent.start()"
    )
    words = [sys.executable, "-W", "error", "-c", program, str(folder), str(key)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_nothing_is_written_at_home(
    key: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with SshAgent(folder, key) as agent:
        assert keys(agent.socket)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("program", ["ssh-agent", "ssh-add"])
def test_without_the_program_it_says_what_to_install(
    key: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setenv(VARIABLE, ADDRESS)
    find = ssh_agent.process.find

    def missing(name: str, *, next_step: str) -> str:
        return find("no-such-program" if name == program else name, next_step=next_step)

    monkeypatch.setattr(ssh_agent.process, "find", missing)
    with pytest.raises(HostError) as caught:
        SshAgent(folder, key).start()
    assert "apt-get install openssh-client" in caught.value.next_step
    assert os.environ[VARIABLE] == ADDRESS


def test_a_key_that_is_none_leaves_nothing_running(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key\n")
    (tmp_path / "key").chmod(0o600)
    environ = {**os.environ, VARIABLE: ADDRESS}
    with pytest.raises(CommandError, match="ssh-add failed"):
        SshAgent(folder, tmp_path / "key", environ).start()
    assert environ[VARIABLE] == ADDRESS


def test_a_folder_that_is_not_there(key: Path, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="did not start") as caught:
        SshAgent(tmp_path / "missing", key, dict(os.environ)).start()
    assert "sandbox up" in caught.value.next_step
    assert caught.value.stderr_tail
