"""Downloads from the sandbox's package indexes, read from their access log.

Source: ``sandbox/engine/inside/access_log.py``, which writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.wording import printable, seconds, size


@dataclass(frozen=True, slots=True)
class Download:
    """One request to a package index.

    Args:
        index: ``npm``, ``pypi``, ``go`` or ``debian``; there is no other index.
        path: The requested path, decoded: ``/npm/left/-/left-1.0.0.tgz``.
        size_bytes: Bytes of the answer's body that were sent; 0 while it has not ended.
        status: HTTP status: 200 for a file, 304 if the client's copy is up to date. None: the
            answer had not ended when the log was read.
        started: Aware, UTC.
        duration_s: Including the waits of the chosen pace; None as for ``status``.
    """

    index: str
    path: str
    size_bytes: int
    status: int | None
    started: datetime
    duration_s: float | None

    def __str__(self) -> str:
        path = printable(self.path)
        if self.status is None or self.duration_s is None:
            return f"not ended  {path}"
        return f"{self.status}  {size(self.size_bytes):>8}  {seconds(self.duration_s):>7}  {path}"


@dataclass(frozen=True, slots=True, repr=False)
class Downloads:
    """Requests to the package indexes, in the order in which they began; iterable.

    Args:
        items: Every request.
        unreadable: Lines of the log that could not be read, for example after a full disk.
    """

    items: tuple[Download, ...] = ()
    unreadable: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Download]:
        return iter(self.items)

    @property
    def requests(self) -> int:
        """The number of requests, successful or not."""
        return len(self.items)

    @property
    def size_bytes(self) -> int:
        """Size of all answers together, without headers."""
        return sum(item.size_bytes for item in self.items)

    @property
    def indexes(self) -> tuple[str, ...]:
        """The indexes that got a request, in that order."""
        return tuple(dict.fromkeys(item.index for item in self.items))

    @property
    def unfinished(self) -> tuple[Download, ...]:
        """Requests that had not ended."""
        return tuple(item for item in self.items if item.status is None)

    def of(self, index: str) -> Downloads:
        """Requests to one index."""
        return replace(self, items=tuple(item for item in self.items if item.index == index))

    def amount(self) -> str:
        """``24 requests, 9.1 MB``: requests and bytes of all indexes together."""
        if not self.items:
            return "no requests"
        many = "1 request" if self.requests == 1 else f"{self.requests} requests"
        return f"{many}, {size(self.size_bytes)}"

    def __str__(self) -> str:
        parts = [f"{self.of(index).amount()} from {index or '/'}" for index in self.indexes]
        text = "; ".join(map(printable, parts)) or "no requests"
        if self.unfinished:
            text += f" ({len(self.unfinished)} not ended)"
        if self.unreadable:
            text += f" (lines of the log that could not be read: {len(self.unreadable)})"
        return text

    def __repr__(self) -> str:
        # Notebooks show this for `build.downloads`.
        return str(self)


def read_downloads(lines: Iterable[str]) -> Downloads:
    """The requests that began in these lines of the log.

    Requests that began before the first line are left out, even if they end in one of these
    lines. The ``status`` of a request that ends after the last line is None.
    """
    begun: dict[int, Download] = {}
    unreadable = []
    for line in lines:
        try:
            values = json.loads(line)
            id = int(values["id"])
            if "started" in values:
                begun[id] = Download(
                    index=str(values["index"]),
                    path=str(values["path"]),
                    size_bytes=0,
                    status=None,
                    started=datetime.fromisoformat(values["started"]),
                    duration_s=None,
                )
            elif id in begun:
                begun[id] = replace(
                    begun[id],
                    size_bytes=int(values["size_bytes"]),
                    status=int(values["status"]),
                    duration_s=float(values["duration_s"]),
                )
        except (ValueError, KeyError, TypeError):
            unreadable.append(line)
    return Downloads(tuple(begun.values()), tuple(unreadable))
