"""What was asked of a service, in a file: two lines of JSON a request, as it begins and ends.

The first: ``id``, ``index``, ``path`` and ``started`` (ISO 8601, UTC). The second: the same
``id``, ``status``, ``size_bytes`` (of the body, as far as it was handed to the network) and
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
    """What becomes of a request while it is answered.

    Args:
        write: Takes the request's second line.
        id: Of the request, in both lines.
    """

    def __init__(self, write: Callable[[dict[str, str | int | float]], None], id: int) -> None:
        self.status = 0
        """Of the answer; 0 until there is one."""
        self.size_bytes = 0
        """Of the body, sent so far."""
        self._write = write
        self._id = id
        self._began_s = time.monotonic()
        self._has_ended = False

    def end(self) -> None:
        """Note the end; once only."""
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
    """An access log that others read while it is written.

    Args:
        path: The file; it is made when the first request comes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids = itertools.count(1)

    @contextlib.contextmanager
    def request(self, index: str, path: str) -> Iterator[Outcome]:
        """Note a request around the block that answers it, however that ends.

        The block notes its end before it sends the last byte: whoever has the whole answer
        finds it in the log then, however long writing there takes.
        """
        id, started = next(self._ids), datetime.now(UTC).isoformat()
        self._write({"id": id, "index": index, "path": path, "started": started})
        outcome = Outcome(self._write, id)
        try:
            yield outcome
        finally:
            outcome.end()

    def _write(self, line: dict[str, str | int | float]) -> None:
        # A full disk must not keep anybody from what is there.
        with contextlib.suppress(OSError), self._path.open("ab", buffering=0) as file:
            # In one piece, so that lines of several threads never mix.
            file.write(json.dumps(line).encode() + b"\n")
