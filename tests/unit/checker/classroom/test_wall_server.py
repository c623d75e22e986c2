"""A real server on loopback: who gets what from it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil
import pytest

from checker import UsageError
from checker.classroom.wall_page import static_text
from checker.classroom.wall_server import MOST_CONNECTIONS, ServedText, serve


@dataclass
class Served:
    """A server whose page is ``text``."""

    url: str = ""
    text: str = "a wall of people"

    def ask(
        self, path: str = "", *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        connection.request(method, f"{parts.path}{path}", headers=dict(headers or {}))
        answer = connection.getresponse()
        answer.body = answer.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return answer


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    texts = {
        "": ServedText("text/html", lambda: made.text),
        "wall.js": ServedText("text/javascript", lambda: static_text("wall.js")),
    }
    with serve(texts, port=0) as made.url:
        yield made


def test_a_browser_that_has_the_page_is_told_so(served: Served) -> None:
    first = served.ask()
    assert (first.status, first.body) == (200, "a wall of people")  # type: ignore[attr-defined]
    etag = {"If-None-Match": str(first.headers["ETag"])}

    assert served.ask(headers=etag).status == 304

    served.text = "two"
    again = served.ask(headers=etag)
    assert (again.status, again.body) == (200, "two")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.test", 403),
        ("127.0.0.1.evil.test", 403),
        ("localhost.evil.test:80", 403),
        ("127.0.0.1@evil.test", 403),
        ("", 403),
        ("localhost:9999", 200),  # a forwarded port
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
    ],
)
def test_a_foreign_host_is_refused(served: Served, host: str, status: int) -> None:
    for path in ("", "wall.js"):
        answer = served.ask(path, headers={"Host": host})
        assert answer.status in ({403, 400} if status == 403 else {status})
        assert ("a wall of people" in answer.body) is (status == 200 and not path)  # type: ignore[attr-defined]


def test_there_is_nothing_without_the_secret(served: Served) -> None:
    parts = urlsplit(served.url)
    assert len(parts.path) > 20
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    for path in ("/", "/changing", parts.path[:-2] + "/", "/../../etc/passwd"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 404
        assert b"a wall of people" not in answer.read()
    connection.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
def test_only_get_is_answered(served: Served, method: str) -> None:
    assert served.ask(method=method).status == 405


def test_no_script_but_the_wall_s_own_can_run(served: Served) -> None:
    for path in ("", "wall.js", "none"):
        headers = served.ask(path).headers
        policy = str(headers["Content-Security-Policy"])
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Access-Control-Allow-Origin"] is None
    assert served.ask("wall.js").headers["Content-Type"].startswith("text/javascript")


def test_a_port_in_use_is_an_error_that_says_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} is in use") as raised:  # noqa: SIM117
            with serve({}, port=port):
                pass
    assert "--port" in raised.value.next_step


def test_the_port_is_free_again_and_no_thread_stays() -> None:
    with serve({"": ServedText("text/html", lambda: "")}, port=0) as url:
        port = urlsplit(url).port
        assert port is not None
        Served(url).ask()
        with socket.create_connection(("127.0.0.1", port)):  # a browser that stays
            pass
    with serve({}, port=port) as again:
        assert urlsplit(again).port == port
        assert again.split("/")[3] != url.split("/")[3]
    assert "wall" not in [thread.name for thread in threading.enumerate()]


def test_it_listens_on_loopback_only(served: Served) -> None:
    assert served.url.startswith("http://127.0.0.1:")


def test_a_flood_of_connections_takes_no_more_files_and_keeps_nobody_out(served: Served) -> None:
    parts = urlsplit(served.url)
    address = str(parts.hostname), int(parts.port or 0)
    with ExitStack() as flood:
        for _ in range(3 * MOST_CONNECTIONS):
            flood.enter_context(socket.create_connection(address))
        assert served.ask().status == 200
        mine = [one for one in psutil.Process().net_connections() if one.laddr[:2] == address]
        open_now = [one for one in mine if one.status == psutil.CONN_ESTABLISHED]
        assert 0 < len(open_now) <= MOST_CONNECTIONS
        assert served.ask().status == 200
