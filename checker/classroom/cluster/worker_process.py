"""The process of a worker: one sandbox, one submission at a time, until its scheduler is gone."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import dask
from distributed import Security, Worker

from checker.classroom.cluster.addresses import check_scheduler
from checker.classroom.cluster.certificates import Certificates
from checker.classroom.cluster.on_worker import SANDBOX
from checker.errors import ClusterError, UsageError

STDIN = "-"
"""In place of a folder: the certificates are the first line of the standard input."""
HTTP_ADDRESS = "127.0.0.1:0"
NO_PAGES: dict[str, list[str]] = {
    f"distributed.{role}.http.routes": [] for role in ("scheduler", "worker")
}
"""Dask's HTTP server cannot be left out, and knows no TLS: it is on loopback, and has no page."""
_CONNECT_S = 60
_CLOSE_S = 30


def security_of(address: str, certificates: Path | None) -> Security | None:
    """What a connection to a scheduler needs; None for ``tcp://`` on this machine.

    Raises:
        UsageError: The address is not safe, or has no certificates.
    """
    if not check_scheduler(address):
        return None
    if certificates is None:
        raise UsageError(
            f"{address} needs certificates.",
            next_step="--certificates DIR, the folder that `checker class certificates DIR` made",
        )
    if str(certificates) == STDIN:
        return Certificates.from_json(sys.stdin.readline()).security()
    return Certificates.read(certificates).security()


def run_worker(address: str, certificates: Path | None) -> None:
    """Work for a scheduler until it is gone, or until the standard input that had them ends.

    Raises:
        UsageError: As for ``security_of``.
        ClusterError: There is no scheduler.
    """
    security = security_of(address, certificates)
    try:
        with dask.config.set(NO_PAGES):
            asyncio.run(_serve(address, security, ends_with_stdin=str(certificates) == STDIN))
    except (OSError, TimeoutError) as error:
        raise ClusterError(
            f"There is no scheduler at {address}: {error}",
            next_step="start it, with these certificates, or correct the address",
        ) from error


async def _serve(address: str, security: Security | None, *, ends_with_stdin: bool) -> None:
    worker = Worker(
        address,
        nthreads=1,
        resources={SANDBOX: 1},
        memory_limit=0,  # engines have limits of their own, in other processes
        name=f"{socket.gethostname()}-{os.getpid()}",
        security=security,
        dashboard=False,
        dashboard_address=HTTP_ADDRESS,
        death_timeout=_CONNECT_S,
    )
    async with worker:
        loop = asyncio.get_running_loop()

        def close() -> None:
            loop.call_soon_threadsafe(
                lambda: asyncio.ensure_future(worker.close(timeout=_CLOSE_S, reason="stdin ended"))
            )

        if ends_with_stdin:
            threading.Thread(target=_at_the_end_of_stdin, args=(close,), daemon=True).start()
        await worker.finished()


def _at_the_end_of_stdin(close: Callable[[], None]) -> None:
    while sys.stdin.readline():
        pass
    close()
