"""The access log of a service: a line of JSON at the begin of a request, and one at its end.

The first: ``id``, ``index``, ``path`` and ``started`` (ISO 8601, UTC). The second: the same
``id``, ``status``, ``size_bytes`` (bytes of the body that were handed to the network) and
``duration_s``. A request without a second line has not ended.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path


class Outcome:
    """The progress of a request's answer.

    Args:
        write: Writes the request's second line.
        id: Of the request, in both lines.
    """

    def __init__(self, write: Callable[[dict[str, str | int | float]], None], id: int) -> None:
        self.status = 0
        """Of the answer; 0 before it."""
        self.size_bytes = 0
        """Bytes of the body that were sent so far."""
        self._write = write
        self._id = id
        self._began_s = time.monotonic()
        self._has_ended = False

    def end(self) -> None:
        """Log the end, once."""
        if self._has_ended:
            return
        self._has_ended = True
        self._write(
            {
                "id": self._id,
                "status": self.status,
                "size_bytes": self.size_bytes,
                "duration_s": round(time.monotonic() - self._began_s, 6),
            }
        )


class AccessLog:
    """An access log that other processes read while it is written.

    Args:
        path: The file; the first request creates it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids = itertools.count(1)

    @contextlib.contextmanager
    def request(self, index: str, path: str) -> Iterator[Outcome]:
        """Log a request around the block that answers it, however the block ends.

        The block logs the end before it sends the last byte, so that a client with the whole
        answer always finds the request's end in the log.
        """
        id, started = next(self._ids), datetime.now(UTC).isoformat()
        self._write({"id": id, "index": index, "path": path, "started": started})
        outcome = Outcome(self._write, id)
        try:
            yield outcome
        finally:
            outcome.end()

    def _write(self, line: dict[str, str | int | float]) -> None:
        # A full disk must not stop the service.
        with contextlib.suppress(OSError), self._path.open("ab", buffering=0) as file:
            # One write, so that lines of several threads never mix.
            file.write(json.dumps(line).encode() + b"\n")
