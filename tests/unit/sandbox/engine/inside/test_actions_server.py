"""The CI cache over HTTP, on loopback, asked as BuildKit's client asks."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from sandbox.engine.inside import grants
from sandbox.engine.inside.actions_server import CacheServer
from sandbox.engine.inside.cache_store import Store, entries
from sandbox.engine.inside.grants import Grant, Permission

KEY = b"secret of this test"
MAIN, OWN = "refs/heads/main", "refs/heads/new"
WRITE, READ = Permission.READ | Permission.WRITE, Permission.READ
LIMIT_BYTES = 1000


class Client:
    """One connection, kept open as BuildKit keeps it."""

    def __init__(self, port: int, *granted: Grant) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.token = grants.sign(KEY, granted)

    def ask(
        self, method: str, url: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        address = urlsplit(url)
        target = address.path + (f"?{address.query}" if address.query else "")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, target, body, named)
        answer = self._connection.getresponse()
        return answer, answer.read()

    def call(self, name: str, **asked: Any) -> tuple[int, dict[str, Any]]:
        path = f"/twirp/github.actions.results.api.v1.CacheService/{name}"
        body = json.dumps({"version": "1", **asked}).encode()
        answer, text = self.ask("POST", path, body, Authorization=f"Bearer {self.token}")
        return answer.status, json.loads(text)

    def save(self, key: str, data: bytes) -> None:
        status, begun = self.call("CreateCacheEntry", key=key)
        assert (status, begun["ok"]) == (200, True)
        answer, _ = self.ask("PUT", begun["signed_upload_url"], data, x_ms_blob_type="BlockBlob")
        assert answer.status == 201
        assert answer.headers["x-ms-request-id"]
        status, ended = self.call("FinalizeCacheEntryUpload", key=key, size_bytes=len(data))
        assert (status, ended["ok"]) == (200, True)

    def load(self, key: str) -> bytes | None:
        status, found = self.call("GetCacheEntryDownloadURL", key=key, restore_keys=[key])
        assert status == 200
        if not found["ok"]:
            return None
        answer, data = self.ask("GET", found["signed_download_url"], x_ms_range="bytes=0-")
        assert answer.status in (200, 206)
        return data

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    store = Store(tmp_path, limit_bytes=LIMIT_BYTES, spare_bytes=0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = CacheServer(listener, store, KEY)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield listener.getsockname()[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    client = Client(port, Grant(MAIN, WRITE))
    yield client
    client.close()


def test_it_says_that_it_is_there(client: Client) -> None:
    answer, _ = client.ask("GET", "/")
    assert answer.status == 200


def test_a_small_blob_in_one_piece(client: Client) -> None:
    client.save("key", b"hello")
    assert client.load("key") == b"hello"
    assert client.load("ke") == b"hello"
    assert client.load("other") is None


def test_a_big_blob_in_blocks_over_several_connections(port: int, client: Client) -> None:
    _, begun = client.call("CreateCacheEntry", key="key")
    url = begun["signed_upload_url"]
    names = [b64encode(bytes([n]) * 64).decode() for n in (250, 251, 252)]
    for name, data in reversed(list(zip(names, (b"one ", b"two ", b"three"), strict=True))):
        other = Client(port)
        answer, _ = other.ask("PUT", f"{url}?comp=block&blockid={quote(name, safe='')}", data)
        assert answer.status == 201
        other.close()
    listed = "".join(f"<Latest>{name}</Latest>" for name in names)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<BlockList>{listed}</BlockList>'
    answer, _ = client.ask("PUT", f"{url}?comp=blocklist", text.encode())
    assert answer.status == 201
    # Twirp's own clients write a 64-bit number as text.
    status, ended = client.call("FinalizeCacheEntryUpload", key="key", size_bytes="13")
    assert (status, ended["ok"]) == (200, True)
    assert client.load("key") == b"one two three"


def test_a_part_of_a_blob(client: Client) -> None:
    client.save("key", b"0123456789")
    _, found = client.call("GetCacheEntryDownloadURL", key="key")
    url = found["signed_download_url"]
    for header in ("Range", "x_ms_range"):
        answer, data = client.ask("GET", url, **{header: "bytes=4-"})
        assert (answer.status, data) == (206, b"456789")
        assert answer.headers["Content-Range"] == "bytes 4-9/10"
    answer, _ = client.ask("GET", url, Range="bytes=10-")
    assert answer.status == 416
    assert client.load("key") == b"0123456789"  # the connection goes on


def test_a_key_that_is_taken_is_named_so(client: Client) -> None:
    client.save("key", b"hello")
    status, said = client.call("CreateCacheEntry", key="key")
    # The client looks for this code to tell a race from a fault.
    assert (status, said["code"]) == (409, "already_exists")


def test_what_was_not_sent_is_not_published(tmp_path: Path, client: Client) -> None:
    status, said = client.call("FinalizeCacheEntryUpload", key="key", size_bytes=5)
    assert (status, said["code"]) == (404, "not_found")
    _, begun = client.call("CreateCacheEntry", key="key")
    client.ask("PUT", begun["signed_upload_url"], b"hell", x_ms_blob_type="BlockBlob")
    status, said = client.call("FinalizeCacheEntryUpload", key="key", size_bytes=5)
    assert (status, said["code"]) == (404, "not_found")
    assert client.load("key") is None
    assert list(entries(tmp_path)) == []


def test_a_client_killed_in_the_middle_of_a_block(port: int, client: Client) -> None:
    _, begun = client.call("CreateCacheEntry", key="key")
    path = urlsplit(begun["signed_upload_url"]).path
    with socket.create_connection(("127.0.0.1", port)) as dying:
        dying.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe".encode())
    status, _ = client.call("FinalizeCacheEntryUpload", key="key", size_bytes=5)
    assert status == 404
    assert client.load("key") is None


def test_branches_see_what_github_lets_them_see(port: int, client: Client) -> None:
    client.save("key", b"of main")
    branch = Client(port, Grant(OWN, WRITE), Grant(MAIN, READ))
    assert branch.load("key") == b"of main"
    branch.save("key", b"of the branch")
    assert branch.load("key") == b"of the branch"
    assert client.load("key") == b"of main"
    branch.close()


def test_a_job_that_may_only_read(port: int, client: Client) -> None:
    client.save("key", b"hello")
    reader = Client(port, Grant(MAIN, READ))
    assert reader.load("key") == b"hello"
    status, said = reader.call("CreateCacheEntry", key="other")
    assert (status, said["code"]) == (403, "permission_denied")
    reader.close()


def test_without_a_token_of_ours_nothing_is_said(port: int, client: Client) -> None:
    client.save("key", b"hello")
    stranger = Client(port)
    stranger.token = grants.sign(b"another secret", [Grant(MAIN, WRITE)])
    for name in ("CreateCacheEntry", "FinalizeCacheEntryUpload", "GetCacheEntryDownloadURL"):
        status, said = stranger.call(name, key="key", size_bytes=5)
        assert (status, said["code"]) == (401, "unauthenticated")
        # What BuildKit shows of it.
        assert "not signed by this sandbox" in said["message"]
    stranger.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/blobs/" + "0" * 32),
        ("GET", "/blobs/../secret"),
        ("GET", "/entries/" + "0" * 32),
        ("PUT", "/uploads/" + "0" * 32),
        ("PUT", "/uploads/../../x"),
        ("POST", "/twirp/github.actions.results.api.v1.CacheService/Nothing"),
        ("POST", "/"),
    ],
)
def test_what_there_is_not(client: Client, method: str, path: str) -> None:
    answer, _ = client.ask(method, path, b"" if method != "GET" else None)
    assert answer.status == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"key": "k"}', b"\xff"])
def test_a_call_that_says_nothing(client: Client, body: bytes) -> None:
    path = "/twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry"
    answer, text = client.ask("POST", path, body, Authorization=f"Bearer {client.token}")
    assert answer.status == 400
    assert json.loads(text)["code"] == "invalid_argument"


def test_too_much_is_refused_with_the_reason(client: Client) -> None:
    _, begun = client.call("CreateCacheEntry", key="key")
    answer, text = client.ask("PUT", begun["signed_upload_url"], b"x" * (LIMIT_BYTES + 1))
    # Not one of the codes that Azure's clients try again.
    assert answer.status == 507
    assert answer.headers["x-ms-error-code"] == "InsufficientSpace"
    assert b"no room" in text
    assert client.load("key") is None


def test_a_length_that_nobody_states(port: int, client: Client) -> None:
    _, begun = client.call("CreateCacheEntry", key="key")
    path = urlsplit(begun["signed_upload_url"]).path
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b" 400 " in raw.makefile("rb").readline()
