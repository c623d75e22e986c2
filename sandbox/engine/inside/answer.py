"""HTTP answers from a file: all of it, a range of it, or 304 if the client has this version.

Source: RFC 9110, sections 8.8 (ETag, Last-Modified), 13 (conditional requests) and 14 (ranges).
"""

from __future__ import annotations

import os
import re
from email.message import Message
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from io import BufferedIOBase, BytesIO
from pathlib import Path

INDEX_FILES = ("index.json", "index.html")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


class Answer:
    """The answer to a request.

    Args:
        status: The HTTP status.
        headers: All headers but Content-Length.
        body: The file to send, from its current position; None: an empty body.
        size_bytes: The number of bytes to send.
    """

    def __init__(
        self,
        status: HTTPStatus,
        headers: dict[str, str],
        body: BufferedIOBase | None = None,
        size_bytes: int = 0,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body or BytesIO()
        self.size_bytes = size_bytes


def locate(root: Path, path: str) -> Path | None:
    """The file for the decoded path of a request; None: there is no such file.

    The path of a folder, with or without a final slash, leads to the first of ``INDEX_FILES`` in
    it. A file has exactly one path, so that requests for it can be counted. Neither ``..`` nor a
    link leads to a file outside of ``root``.
    """
    whole = path.removesuffix("/")
    first, *names = whole.split("/")
    if first or not names or "\0" in path or not {"", ".", ".."}.isdisjoint(names):
        return None
    found = root.joinpath(*names)
    candidates = [found / name for name in INDEX_FILES]
    if whole == path:
        candidates.insert(0, found)
    for candidate in candidates:
        if candidate.is_file() and candidate.resolve().is_relative_to(root.resolve()):
            return candidate
    return None


def answer_with(file: BufferedIOBase, asked: Message, headers: dict[str, str]) -> Answer:
    """The answer to a GET request for an open file.

    Args:
        file: The open file. Size and date are read from it, so that they match its content.
        asked: The request's headers.
        headers: Headers of the answer, to which those about the file's version are added.
    """
    found = os.fstat(file.fileno())
    size = found.st_size
    tag = f'"{found.st_mtime_ns:x}-{size:x}"'
    headers = {
        **headers,
        "ETag": tag,
        "Last-Modified": formatdate(found.st_mtime, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if _client_has_it(asked, tag, found.st_mtime):
        return Answer(HTTPStatus.NOT_MODIFIED, headers)
    part = _RANGE.match(asked.get("Range", ""))
    # If-Range: the client has a range of another version, so it gets the whole file.
    if part is None or asked.get("If-Range", tag) not in (tag, headers["Last-Modified"]):
        return Answer(HTTPStatus.OK, headers, file, size)
    first = int(part[1])
    last = min(int(part[2] or size), size - 1)
    if first > last:
        refused = {**headers, "Content-Range": f"bytes */{size}"}
        return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, refused)
    file.seek(first)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Answer(HTTPStatus.PARTIAL_CONTENT, headers, file, last - first + 1)


def _client_has_it(asked: Message, tag: str, changed_s: float) -> bool:
    if "If-None-Match" in asked:
        known = {one.strip().removeprefix("W/") for one in asked["If-None-Match"].split(",")}
        return bool({"*", tag} & known)
    try:
        since = parsedate_to_datetime(asked.get("If-Modified-Since", ""))
        return int(changed_s) <= since.timestamp()
    except (ValueError, OverflowError):
        return False
