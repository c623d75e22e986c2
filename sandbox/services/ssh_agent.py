"""An ssh-agent of the lab's own. It has the key to the git server, and none of the learner's keys.

Source: ssh-agent(1), ssh-add(1).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
import weakref
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Self

import psutil

from sandbox import process
from sandbox.errors import HostError

VARIABLE = "SSH_AUTH_SOCK"
INSTALL = "run `make setup`, or install it (`sudo apt-get install openssh-client`)"
SOCKETS = "agent-*.sock"
"""The sockets' names. They are shorter than ``rootlesskit/api.sock`` in the same folder, whose path
is known to fit.
"""
ATTENDANT = 'echo "$SSH_AGENT_PID"; read -r _; kill "$SSH_AGENT_PID"'
"""The script that ssh-agent runs. It waits until this process closes the script's stdin, or ends,
and then ends the agent. The script is the agent's parent, so the kernel cannot have reused the
agent's process id by then.
"""
GRACE_S = 5.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class _Running:
    """A running agent, and the environment that was changed for it.

    Args:
        attendant: The ATTENDANT script, which ends the agent with this process.
        agent: The agent itself.
        socket: The socket that the agent listens on.
        environ: The environment whose SSH_AUTH_SOCK names the agent's socket.
        before: The variable's value before; None: the variable was not set.
    """

    attendant: Popen[bytes]
    agent: psutil.Process
    socket: Path
    environ: MutableMapping[str, str]
    before: str | None

    def end(self) -> None:
        _end([self.agent])
        self.attendant.communicate()
        self.socket.unlink(missing_ok=True)
        # If other code has set the variable since then, its value stays.
        if self.environ.get(VARIABLE) == str(self.socket):
            if self.before is None or self._is_gone(Path(self.before)):
                del self.environ[VARIABLE]
            else:
                self.environ[VARIABLE] = self.before

    def _is_gone(self, before: Path) -> bool:
        """Whether the earlier socket was that of another agent of the lab, which has ended."""
        return before.parent == self.socket.parent and not before.exists()


class SshAgent:
    """A real ssh-agent with one key or none, for builds with ``--ssh default=$SSH_AUTH_SOCK``.

    From ``start`` to ``stop`` the variable SSH_AUTH_SOCK names the agent's socket. The agent also
    ends when this process ends, even if it is killed, when this object is garbage-collected, and
    with `sandbox down`. The learner's own agent and ``~/.ssh`` are neither read nor changed.

    Args:
        folder: The folder for the agent's socket.
        key: The file of a private key without a passphrase; None: an agent without keys.
        environ: The environment to set SSH_AUTH_SOCK in; None: that of this process.
    """

    def __init__(
        self, folder: Path, key: Path | None, environ: MutableMapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self._key = key
        self._environ = os.environ if environ is None else environ
        self._running: _Running | None = None
        self._end: weakref.finalize[..., SshAgent] | None = None

    @property
    def socket(self) -> Path | None:
        """The socket that the agent listens on; None: the agent does not run."""
        running = self._running
        return running.socket if running and process.runs(running.agent) else None

    def start(self) -> None:
        """Start the agent and set SSH_AUTH_SOCK, unless the agent runs.

        Raises:
            HostError: This machine has no ssh-agent, or the agent did not start.
            CommandError: The agent refused the key.
        """
        if self.socket is not None:
            return
        self.stop()  # cleans up after an agent that another process ended
        program, add = (process.find(name, next_step=INSTALL) for name in ("ssh-agent", "ssh-add"))
        socket = self._folder / SOCKETS.replace("*", secrets.token_hex(4))
        # Without -a, newer versions of ssh-agent create their socket in ~/.ssh.
        argv = (program, "-a", str(socket), "sh", "-c", ATTENDANT, str(socket))
        attendant = process.hold(argv, env=self._environ)
        before = self._environ.get(VARIABLE)
        running = _Running(attendant, _agent_of(attendant, argv), socket, self._environ, before)
        try:
            if self._key is not None:
                env = {**self._environ, VARIABLE: str(socket)}
                process.run((add, "-q", str(self._key)), env=env)
        except BaseException:
            running.end()
            raise
        self._environ[VARIABLE] = str(socket)
        self._running = running
        self._end = weakref.finalize(self, running.end)

    def stop(self) -> None:
        """End the agent, if it runs, and restore SSH_AUTH_SOCK."""
        if self._end is not None:
            self._end()
        self._running = self._end = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _agent_of(attendant: Popen[bytes], argv: tuple[str, ...]) -> psutil.Process:
    assert attendant.stdout is not None
    told = attendant.stdout.readline()
    if told:
        return psutil.Process(int(told))
    _, said = attendant.communicate()
    raise HostError(
        "The ssh-agent did not start.",
        next_step="read its output above, then run `sandbox down` and `sandbox up`",
        argv=argv,
        exit_code=attendant.returncode,
        stderr_tail=process.tail(said.decode(errors="replace")),
    )


def end_all(folder: Path) -> None:
    """End every agent whose socket is in this folder, no matter which process started it."""
    for socket in folder.glob(SOCKETS):
        _end([one for one in psutil.process_iter() if _is_for(one, socket)])
        socket.unlink(missing_ok=True)


def _is_for(one: psutil.Process, socket: Path) -> bool:
    try:
        return one.uids().real == os.getuid() and str(socket) in one.cmdline()
    except psutil.Error:
        return False


def _end(processes: Sequence[psutil.Process]) -> None:
    """Send SIGTERM, then SIGKILL after GRACE_S; returns when all processes have ended."""
    give_up = time.monotonic() + GRACE_S
    told = signal.SIGTERM
    for one in processes:
        while process.runs(one):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(told)
            time.sleep(POLL_S)
            if time.monotonic() > give_up:
                told = signal.SIGKILL
