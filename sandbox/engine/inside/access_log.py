"""The access log of a service: a file with two lines of JSON for each request.

The first line, written when the request begins, has ``id``, ``index``, ``path`` and ``started``
(ISO 8601, UTC). The second line, written when it ends, has the same ``id``, ``status``,
``size_bytes`` (the bytes of the body that were handed to the network) and ``duration_s``. A
request without a second line has not ended.
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
    """The outcome of a request, filled in while the request is answered.

    Args:
        write: Writes the request's second line.
        id: The request's id, which both lines have.
    """

    def __init__(self, write: Callable[[dict[str, str | int | float]], None], id: int) -> None:
        self.status = 0
        """The HTTP status of the answer; 0: there is no answer yet."""
        self.size_bytes = 0
        """The bytes of the body that were sent so far."""
        self._write = write
        self._id = id
        self._began_s = time.monotonic()
        self._has_ended = False

    def end(self) -> None:
        """Write the second line; only the first call does so."""
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
    """Writes an access log. Other processes may read the file meanwhile.

    Args:
        path: The file; created by the first request.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids = itertools.count(1)

    @contextlib.contextmanager
    def request(self, index: str, path: str) -> Iterator[Outcome]:
        """Log a request around the block that answers it, even if the block raises.

        The block should call ``Outcome.end`` before it sends the last byte. Then a client that has
        the whole answer can rely on finding its request in the log.
        """
        id, started = next(self._ids), datetime.now(UTC).isoformat()
        self._write({"id": id, "index": index, "path": path, "started": started})
        outcome = Outcome(self._write, id)
        try:
            yield outcome
        finally:
            outcome.end()

    def _write(self, line: dict[str, str | int | float]) -> None:
        # If the disk is full, requests are still answered.
        with contextlib.suppress(OSError), self._path.open("ab", buffering=0) as file:
            # A single write, so that lines of several threads never mix.
            file.write(json.dumps(line).encode() + b"\n")
