"""Starts workers on other hosts by ssh; they end with the connection."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from checker.classroom.cluster.addresses import SshHost
from checker.classroom.cluster.certificates import Certificates
from checker.errors import UsageError
from checker.plain_text import plain_line

_END_S = 20


@contextmanager
def workers_on(
    hosts: Sequence[SshHost], address: str, certificates: Certificates, tell: Callable[[str], None]
) -> Iterator[None]:
    """Have workers on all hosts for the block.

    The certificates go through the connection, so that they are in no file there. The end of the
    connection ends a worker.

    Args:
        hosts: The hosts; ssh reaches them without a password.
        address: The scheduler's, as the hosts reach it.
        certificates: Those of the scheduler.
        tell: Takes a line about each worker that ends too early.

    Raises:
        UsageError: There is no ssh.
    """
    processes: list[subprocess.Popen[str]] = []
    is_ending = threading.Event()
    try:
        for host in hosts:
            for _ in range(host.sandboxes):
                processes.append(_start(host, address, certificates))
                threading.Thread(
                    target=_watch, args=(host.name, processes[-1], is_ending, tell), daemon=True
                ).start()
        yield
    finally:
        is_ending.set()
        for process in processes:
            assert process.stdin is not None
            # The end of a worker that has ended already is in the lines of ``_watch``.
            with suppress(BrokenPipeError):
                process.stdin.close()
        for process in processes:
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(host: SshHost, address: str, certificates: Certificates) -> subprocess.Popen[str]:
    remote = f"{host.checker} class worker {address} --certificates -"
    argv = ["ssh", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", "--", host.name, remote]
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the teacher's process, which ends them in order
        )
    except FileNotFoundError as error:
        raise UsageError(
            "There is no ssh on this machine.",
            next_step="install it, or start the workers by hand: checker class worker ADDRESS",
        ) from error
    assert process.stdin is not None
    try:
        process.stdin.write(certificates.as_json() + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it has ended, and the thread that watches it says why
    return process


def _watch(
    host: str,
    process: subprocess.Popen[str],
    is_ending: threading.Event,
    tell: Callable[[str], None],
) -> None:
    last = ""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            last = line.strip() or last
    process.wait()
    if not is_ending.is_set():
        tell(f"the worker on {host} has ended: {plain_line(last)}")
