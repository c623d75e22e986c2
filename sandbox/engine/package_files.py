"""The host's side of the package indexes: their pace, their access log and their tokens.

The server runs inside the sandbox, see ``inside/package_server.py``. This module exchanges data
with it through files in the sandbox's home.
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
        bandwidth_bytes_s: Bytes a second for all connections together; ``math.inf``: no limit.
        latency_s: Seconds that every request waits for its answer.
    """

    bandwidth_bytes_s: float
    latency_s: float

    def __post_init__(self) -> None:
        if not self.bandwidth_bytes_s > 0 or not 0 <= self.latency_s < math.inf:
            raise UsageError(
                f"{self.bandwidth_bytes_s} bytes a second with a latency of {self.latency_s} "
                "seconds is not a valid pace.",
                next_step="give a bandwidth above 0 (math.inf: no limit) and a latency of 0 or "
                "more, as in bandwidth_bytes_s=1e6, latency_s=0.05",
            )

    def __str__(self) -> str:
        if self.bandwidth_bytes_s == math.inf:
            bandwidth = "no limit on the bandwidth"
        else:
            bandwidth = f"{size(round(self.bandwidth_bytes_s))}/s for all connections together"
        return f"{bandwidth}, {seconds(self.latency_s)} before each answer"


USUAL = Pace(2.5e6, 0.03)
"""The pace after every start, about that of a shared office line."""


def configure(paths: Paths) -> None:
    """Prepare the server's files for a start: reset the pace, create the token on first use."""
    set_pace(paths, USUAL)
    # Remove the lent tokens of killed processes. No process locks them, so they are invalid.
    shutil.rmtree(paths.lent_tokens, ignore_errors=True)
    if not paths.packages_token.exists():
        # The form of npm's own tokens, and as hard to guess.
        atomic.write_text(paths.packages_token, f"npm_{os.urandom(18).hex()}\n", mode=0o600)


def lend(paths: Paths, token: str, notice: str = "") -> contextlib.AbstractContextManager[None]:
    """Let ``token`` open the private scope of the npm index, while the block runs.

    The token becomes invalid too when this process ends.

    Args:
        paths: The sandbox's folders.
        token: The token.
        notice: What the package ``@team/notice`` exports for this token.

    Raises:
        NotRunning: The sandbox has never been started.
    """
    if not paths.packages_token.exists():
        raise _never_started()
    return lock.lent(paths.lent_tokens / secrets.token_hex(8), f"{token}\n{notice}")


def set_pace(paths: Paths, pace: Pace) -> None:
    """Change the pace, also for answers that are being sent."""
    limit = None if pace.bandwidth_bytes_s == math.inf else pace.bandwidth_bytes_s
    values = {"bandwidth_bytes_s": limit, "latency_s": pace.latency_s}
    atomic.write_text(paths.pace, json.dumps(values))


def pace(paths: Paths) -> Pace:
    """The current pace.

    Raises:
        NotRunning: The sandbox has never been started.
    """
    try:
        values = json.loads(paths.pace.read_text())
    except FileNotFoundError as error:
        raise _never_started() from error
    limit = values["bandwidth_bytes_s"]
    return Pace(math.inf if limit is None else limit, values["latency_s"])


def token(paths: Paths) -> str:
    """The sandbox's own token for the private scope of the npm index.

    Raises:
        NotRunning: The sandbox has never been started.
    """
    try:
        return paths.packages_token.read_text().strip()
    except FileNotFoundError as error:
        raise _never_started() from error


def log_bytes(paths: Paths) -> int:
    """The length of the access log: requests that begin from now on are logged after it."""
    try:
        return paths.packages_log.stat().st_size
    except FileNotFoundError:
        return 0


def downloads_since(paths: Paths, begin_bytes: int, *, patience_s: float) -> Downloads:
    """The requests that were logged after the first ``begin_bytes`` of the access log.

    Args:
        begin_bytes: A length that ``log_bytes`` returned before.
        patience_s: How many seconds to wait for requests that have not ended.
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
    # Text after the last line break belongs to a line that is being written.
    return text[: text.rfind("\n") + 1].splitlines()


def _never_started() -> NotRunning:
    return NotRunning("The sandbox has never been started.", next_step="`sandbox up` starts it")
