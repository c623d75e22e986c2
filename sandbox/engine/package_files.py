"""The package indexes' files on this machine: their pace, their log, and the token.

The server runs inside the sandbox, see ``inside/package_server.py``. This machine and the server
exchange settings and the log through files of the home.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import shutil
import time
from dataclasses import dataclass

from sandbox import atomic
from sandbox.engine import lock
from sandbox.engine.paths import Paths
from sandbox.errors import NotRunning, UsageError
from sandbox.model.downloads import Downloads, read_downloads
from sandbox.wording import seconds, size

POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the package indexes answer.

    Args:
        bandwidth_bytes_s: Of all connections together; ``math.inf`` for no limit.
        latency_s: The wait before each answer.
    """

    bandwidth_bytes_s: float
    latency_s: float

    def __post_init__(self) -> None:
        if not self.bandwidth_bytes_s > 0 or not 0 <= self.latency_s < math.inf:
            raise UsageError(
                f"No pace: {self.bandwidth_bytes_s} bytes and {self.latency_s} seconds.",
                next_step="give a bandwidth above 0 (math.inf: no limit) and a latency of 0 or "
                "more, as in bandwidth_bytes_s=1e6, latency_s=0.05",
            )

    def __str__(self) -> str:
        if self.bandwidth_bytes_s == math.inf:
            bandwidth = "no limit on the bandwidth"
        else:
            bandwidth = f"{size(round(self.bandwidth_bytes_s))}/s for all together"
        return f"{bandwidth}, {seconds(self.latency_s)} before each answer"


USUAL = Pace(2.5e6, 0.03)
"""The pace after every start: like an office's shared line."""


def configure(paths: Paths) -> None:
    """Write the server's files for a start: the usual pace, and a token if there is none."""
    set_pace(paths, USUAL)
    # Tokens of killed processes; nobody holds them, so they open nothing.
    shutil.rmtree(paths.lent_tokens, ignore_errors=True)
    if not paths.packages_token.exists():
        # As long and as random as npm's own tokens.
        atomic.write_text(paths.packages_token, f"npm_{os.urandom(18).hex()}\n", mode=0o600)


def lend(paths: Paths, token: str) -> contextlib.AbstractContextManager[None]:
    """Another token for the private part, valid while the block runs and this process lives.

    Raises:
        NotRunning: The sandbox has never been started.
    """
    if not paths.packages_token.exists():
        raise _never_started()
    return lock.lent(paths.lent_tokens / secrets.token_hex(8), token)


def set_pace(paths: Paths, pace: Pace) -> None:
    """Change the pace, also of answers in progress."""
    limit = None if pace.bandwidth_bytes_s == math.inf else pace.bandwidth_bytes_s
    values = {"bandwidth_bytes_s": limit, "latency_s": pace.latency_s}
    atomic.write_text(paths.pace, json.dumps(values))


def pace(paths: Paths) -> Pace:
    """The current pace.

    Raises:
        NotRunning: There is none: the sandbox has never been started.
    """
    try:
        values = json.loads(paths.pace.read_text())
    except FileNotFoundError as error:
        raise _never_started() from error
    limit = values["bandwidth_bytes_s"]
    return Pace(math.inf if limit is None else limit, values["latency_s"])


def token(paths: Paths) -> str:
    """The token for the private part of the npm index.

    Raises:
        NotRunning: There is none: the sandbox has never been started.
    """
    try:
        return paths.packages_token.read_text().strip()
    except FileNotFoundError as error:
        raise _never_started() from error


def log_bytes(paths: Paths) -> int:
    """The length of the access log, where the lines of a build that begins now will start."""
    try:
        return paths.packages_log.stat().st_size
    except FileNotFoundError:
        return 0


def downloads_since(paths: Paths, begin_bytes: int, *, patience_s: float) -> Downloads:
    """The requests that began after the log had this length.

    Args:
        begin_bytes: From ``log_bytes``.
        patience_s: How long to wait for unfinished requests to end.
    """
    give_up = time.monotonic() + patience_s
    while True:
        found = read_downloads(_lines(paths, begin_bytes))
        if not found.unfinished or time.monotonic() > give_up:
            return found
        time.sleep(POLL_S)


def _lines(paths: Paths, begin_bytes: int) -> list[str]:
    try:
        with paths.packages_log.open("rb") as file:
            file.seek(begin_bytes)
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    # Text behind the last line's end is a line that is being written.
    return text[: text.rfind("\n") + 1].splitlines()


def _never_started() -> NotRunning:
    return NotRunning("The sandbox has never been started.", next_step="`sandbox up` starts it")
