"""Slows a service down: one bandwidth for all connections together, a latency for each request."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

PIECE_S = 0.02
"""How long a piece takes to send. It is short, so that connections take turns."""
LOOK_S = 0.25
"""How often a waiting thread looks for a change of the pace."""
LEAST_PIECE_BYTES, MOST_PIECE_BYTES = 1 << 10, 1 << 16


class Throttle:
    """Enforces the pace in a file. A change of the file applies from the next piece on.

    The file is JSON with ``bandwidth_bytes_s`` (null: no limit) and ``latency_s``. If the file is
    missing or unreadable, the pace stays as it was.

    Args:
        path: The file. Writers replace it, and never write in place.
        clock: Returns monotonic seconds.
        sleep: Waits for the given number of seconds.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._version: tuple[int, int] | None = None
        self._bandwidth_bytes_s: float | None = None
        self._latency_s = 0.0
        self._free_at_s = 0.0

    def delay(self) -> None:
        """Wait for the latency of one request."""
        self._look()
        self._wait(self._latency_s)

    def piece_bytes(self) -> int:
        """The number of bytes to send at once."""
        self._look()
        if self._bandwidth_bytes_s is None:
            return MOST_PIECE_BYTES
        wanted = int(self._bandwidth_bytes_s * PIECE_S)
        return max(LEAST_PIECE_BYTES, min(MOST_PIECE_BYTES, wanted))

    def take(self, size_bytes: int) -> None:
        """Wait until the bandwidth allows ``size_bytes`` more, after all earlier calls."""
        bandwidth_bytes_s = self._bandwidth_bytes_s
        if bandwidth_bytes_s is None:
            return
        with self._lock:
            now_s = self._clock()
            self._free_at_s = max(now_s, self._free_at_s) + size_bytes / bandwidth_bytes_s
            wait_s = self._free_at_s - now_s
        self._wait(wait_s)

    def _wait(self, duration_s: float) -> None:
        """Sleep for ``duration_s``, or until the pace changes."""
        version = self._version
        while duration_s > 0 and version == self._version:
            step_s = min(duration_s, LOOK_S)
            self._sleep(step_s)
            duration_s -= step_s
            self._look()

    def _look(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(self._path)
            version = (found.st_ino, found.st_mtime_ns)
            if version != self._version:
                self._version = version
                self._read()

    def _read(self) -> None:
        try:
            wanted = json.loads(self._path.read_bytes())
            bandwidth, latency_s = wanted["bandwidth_bytes_s"], float(wanted["latency_s"])
            self._bandwidth_bytes_s = None if bandwidth is None else float(bandwidth)
            self._latency_s = latency_s
            # At the old pace, the bandwidth may be booked for minutes.
            self._free_at_s = 0.0
        except (ValueError, KeyError, TypeError) as error:
            print(f"{self._path}: pace unchanged, cannot read it: {error}", file=sys.stderr)  # noqa: T201
