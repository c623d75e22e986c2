"""Serves the package indexes at ``http://packages.lab``, at a limited pace and with an access log.

``/npm``, ``/pypi``, ``/go`` and ``/debian`` are folders of ``home/packages``. The path of a folder
leads to ``index.json`` or ``index.html`` in it: npm's metadata, pip's lists. A request for a path
under ``/npm/@team`` needs this sandbox's token or a lent token. ``notice`` makes one of its
packages.

Source: npm, docs/REGISTRY-API.md of npm/registry; PEP 503; ``go help goproxy``.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

from . import notice
from .access_log import AccessLog, Outcome
from .answer import Answer, answer_with, locate
from .listening import Server
from .pace import Throttle
from .tokens import Tokens

LAB = Path("/lab")
PRIVATE = ("npm", "@team")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".info": "application/json",
    ".json": "application/json",
}
"""The content types that clients look at."""
OTHER_TYPE = "application/octet-stream"
FOR_GOOD = "public, max-age=31536000, immutable"
LASTING = (".deb", ".tgz", ".whl", ".zip")
"""Suffixes of package files, which indexes promise never to change under the same name."""
IDLE_S = 60.0
"""How long a connection may be idle before the server closes it."""
AHEAD_BYTES = 1 << 16
"""The size of the send buffer: bytes that the client may not have acknowledged yet."""
MOST_REFUSED_BYTES = 1 << 20
"""How many bytes of the body of a refused request are read."""


def server(listener: socket.socket) -> PackageServer:
    """The server for the package indexes of this sandbox."""
    run = LAB / "run"
    tokens = Tokens((LAB / "packages.token").read_text().strip(), run / "tokens")
    log = AccessLog(LAB / "logs" / "packages.jsonl")
    return PackageServer(listener, LAB / "packages", Throttle(run / "pace.json"), log, tokens)


class PackageServer(Server):
    """Serves the folders under ``root``.

    Args:
        listener: The listening socket.
        root: Has a folder for each index; a folder may be replaced while the server runs.
        pace: The pace of all answers together.
        log: Logs every request, without the sandbox's token.
        tokens: The tokens that open the private scope.
    """

    def __init__(
        self, listener: socket.socket, root: Path, pace: Throttle, log: AccessLog, tokens: Tokens
    ) -> None:
        super().__init__(listener, PackageHandler)
        # The log counts a byte once it is in the send buffer, so the buffer must be small.
        # Connections inherit this option.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, AHEAD_BYTES)
        self.root = root
        self.pace = pace
        self.log = log
        self.tokens = tokens


class PackageHandler(BaseHTTPRequestHandler):
    """Handles one connection, which stays open for further requests."""

    server: PackageServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    # Head and body are two writes, and Nagle's algorithm would delay the second one.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Send the file at the path; for a HEAD request, only its headers."""
        server, path = self.server, unquote(self.path.partition("?")[0])
        index = path.lstrip("/").partition("/")[0]
        try:
            with (
                contextlib.ExitStack() as opened,
                server.log.request(index, path.replace(server.tokens.own, "TOKEN")) as outcome,
            ):
                server.pace.delay()
                self._send(self._answer(path, opened), outcome)
        except OSError:
            # The client disconnected, for example because its build was cancelled.
            self.close_connection = True

    do_HEAD = do_GET  # noqa: N815 (the base class looks for these names)

    def do_POST(self) -> None:
        """Answer that the indexes are read-only."""
        # If the body stayed unread, the connection would be reset before the client has the answer.
        length = self.headers.get("Content-Length", "")
        self.rfile.read(min(int(length) if length.isdigit() else 0, MOST_REFUSED_BYTES))
        self.close_connection = True
        self.do_GET()

    do_PUT = do_DELETE = do_POST  # noqa: N815

    def _answer(self, path: str, opened: contextlib.ExitStack) -> Answer:
        """The answer to this request; ``opened`` closes the file that the answer reads."""
        names = tuple(path.strip("/").split("/"))
        if self.command not in ("GET", "HEAD"):
            return _refusal(names, HTTPStatus.METHOD_NOT_ALLOWED, "packages.lab is read-only")
        if names[:2] == PRIVATE:
            text = self._notice()
            if text is None:
                # No WWW-Authenticate header, because npm would then not print this sentence.
                why = "this scope is private: the request has no token, or a wrong one"
                return _refusal(names, HTTPStatus.UNAUTHORIZED, why)
            if (made := notice.content(names, text)) is not None:
                # A client that kept it would have the notice of another token.
                headers = {
                    "Content-Type": OTHER_TYPE if path.endswith(".tgz") else TYPES[".json"],
                    "Cache-Control": "no-store",
                }
                return Answer(HTTPStatus.OK, headers, BytesIO(made), len(made))
        found = locate(self.server.root, path)
        try:
            if found is None:
                raise FileNotFoundError(path)
            file = opened.enter_context(found.open("rb"))
        except OSError:
            return _refusal(names, HTTPStatus.NOT_FOUND, f"packages.lab has no {path}")
        headers = {
            "Content-Type": TYPES.get(found.suffix, OTHER_TYPE),
            # Clients ask again in every build, so that counts do not depend on the time between
            # builds.
            "Cache-Control": FOR_GOOD if found.suffix in LASTING else "no-cache",
        }
        return answer_with(file, self.headers, headers)

    def _notice(self) -> str | None:
        """The text that goes with the token of this request, None if it has no valid one."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return self.server.tokens.notice(token) if scheme == "Bearer" else None

    def _send(self, answer: Answer, outcome: Outcome) -> None:
        outcome.status = int(answer.status)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(answer.size_bytes))
        left = 0 if self.command == "HEAD" else answer.size_bytes
        if not left:
            outcome.end()
        self.end_headers()
        while left:
            piece = answer.body.read(min(left, self.server.pace.piece_bytes()))
            if not piece:
                raise OSError("the file became shorter while it was sent")
            self.server.pace.take(len(piece))
            if self._is_left():
                raise ConnectionAbortedError("the client went away")
            outcome.size_bytes += len(piece)
            left -= len(piece)
            if not left:
                outcome.end()
            self.connection.sendall(piece)

    def _is_left(self) -> bool:
        """Whether the client has closed its end of the connection.

        A failed send would not show that: the network of a cancelled build is gone, so nothing
        answers what is sent.
        """
        line = select.poll()
        line.register(self.connection, select.POLLIN)
        return bool(line.poll(0)) and not self.connection.recv(1, socket.MSG_PEEK)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the access log records all requests."""


def _refusal(names: tuple[str, ...], status: HTTPStatus, why: str) -> Answer:
    """An error in the format that the index's own client shows: JSON for npm, else text."""
    is_npm = names[0] == "npm"
    body = (json.dumps({"error": why}) if is_npm else f"{why}\n").encode()
    kind = "application/json" if is_npm else "text/plain; charset=utf-8"
    headers = {"Content-Type": kind, "Cache-Control": "no-store"}
    return Answer(status, headers, BytesIO(body), len(body))
