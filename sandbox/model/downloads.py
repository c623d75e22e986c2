"""What the sandbox's package indexes served, read from their access log.

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
        index: ``npm``, ``pypi``, ``go`` or ``debian``; anything else was asked for in vain.
        path: As it was asked for, decoded: ``/npm/left/-/left-1.0.0.tgz``.
        size_bytes: Of the answer's body, as far as it was sent; 0 while it has not ended.
        status: Of the answer: 200 is a file, 304 says that the client's copy is still right.
            None: it had not ended when this was read.
        started: Aware, UTC.
        duration_s: With all waiting that the pace asks for; None as for ``status``.
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
    """Requests to the package indexes, in the order they began; to be iterated over.

    Args:
        items: Every request.
        unreadable: Lines of the log that could not be read, as when the disk was full.
    """

    items: tuple[Download, ...] = ()
    unreadable: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Download]:
        return iter(self.items)

    @property
    def requests(self) -> int:
        """How many there were, whatever became of them."""
        return len(self.items)

    @property
    def size_bytes(self) -> int:
        """Of all answers together, without headers."""
        return sum(item.size_bytes for item in self.items)

    @property
    def indexes(self) -> tuple[str, ...]:
        """Those that were asked, in the order they were."""
        return tuple(dict.fromkeys(item.index for item in self.items))

    @property
    def unfinished(self) -> tuple[Download, ...]:
        """Those that had not ended."""
        return tuple(item for item in self.items if item.status is None)

    def of(self, index: str) -> Downloads:
        """Those from one index."""
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
        # What a notebook shows for `build.downloads`.
        return str(self)


def read_downloads(lines: Iterable[str]) -> Downloads:
    """The requests that began in these lines of the log.

    A request that began before the first line is not among them, though it may end in one:
    it belongs to whoever read the lines before. Of one that ends after the last line, the
    ``status`` is None.
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
