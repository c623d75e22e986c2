"""The package indexes on this machine's loopback, in the process of the test."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engine.inside.access_log import AccessLog
from sandbox.engine.inside.pace import Throttle
from sandbox.engine.inside.package_server import PackageServer
from sandbox.engine.inside.tokens import Tokens
from sandbox.model.downloads import Downloads, read_downloads

TOKEN = "npm_" + "0123456789abcdef" * 2


class Indexes:
    """A running server, and what a client and a reader of its log do.

    Args:
        folder: Empty.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "packages"
        self.root.mkdir()
        self.lent = folder / "tokens"
        self.log_path = folder / "packages.jsonl"
        self.pace_path = folder / "pace.json"
        self.set_pace(None, 0)
        self._server = PackageServer(
            socket.create_server(("127.0.0.1", 0), backlog=128),
            self.root,
            Throttle(self.pace_path),
            AccessLog(self.log_path),
            Tokens(TOKEN, self.lent),
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def set_pace(self, bandwidth_bytes_s: float | None, latency_s: float) -> None:
        new = self.pace_path.with_suffix(".new")
        new.write_text(json.dumps({"bandwidth_bytes_s": bandwidth_bytes_s, "latency_s": latency_s}))
        new.replace(self.pace_path)

    def put(self, path: str, contents: bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents)
        return file

    def connect(self) -> http.client.HTTPConnection:
        host, port = self._server.server_address[:2]
        return http.client.HTTPConnection(str(host), int(port), timeout=30)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request on a connection of its own; underscores in header names are hyphens."""
        connection = self.connect()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        answer = connection.getresponse()
        found = answer.read()
        connection.close()
        return answer, found

    def logged(self, requests: int) -> Downloads:
        """The log, once it has so many requests, all of them ended."""
        for _ in range(500):
            if self.log_path.exists():
                found = read_downloads(self.log_path.read_text().splitlines())
                if found.requests == requests and not found.unfinished:
                    return found
            threading.Event().wait(0.01)
        raise AssertionError(f"{requests} requests were never logged")


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[Indexes]:
    running = Indexes(tmp_path)
    yield running
    running.close()


@pytest.fixture
def token() -> str:
    return TOKEN
