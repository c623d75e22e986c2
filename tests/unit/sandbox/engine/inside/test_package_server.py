"""What npm, pip, go and apt ask of their indexes, and what is noted of it."""

from __future__ import annotations

import json
import os
import socket
import tarfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.engine import lock
from sandbox.engine.inside.access_log import AccessLog
from sandbox.model.downloads import read_downloads

if TYPE_CHECKING:
    from conftest import Indexes


def test_a_file_is_given_whole_and_counted(indexes: Indexes) -> None:
    indexes.put("npm/left/-/left-1.0.0.tgz", b"x" * 100_000)
    before = datetime.now(UTC)
    answer, body = indexes.ask("/npm/left/-/left-1.0.0.tgz?since=yesterday")
    assert (answer.status, body) == (200, b"x" * 100_000)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    (one,) = indexes.logged(1)
    assert (one.index, one.path) == ("npm", "/npm/left/-/left-1.0.0.tgz")
    assert (one.status, one.size_bytes) == (200, 100_000)
    assert before <= one.started <= datetime.now(UTC)
    assert one.duration_s is not None
    assert 0 < one.duration_s < 30


@pytest.mark.parametrize(
    ("file", "path", "kind"),
    [
        ("npm/left/index.json", "/npm/left", "application/json"),
        ("npm/@lab/ui/index.json", "/npm/@lab%2fui", "application/json"),
        ("npm/@lab/ui/index.json", "/npm/@lab/ui", "application/json"),
        ("pypi/simple/left/index.html", "/pypi/simple/left/", "text/html; charset=utf-8"),
        ("pypi/simple/index.html", "/pypi/simple/", "text/html; charset=utf-8"),
        ("go/lab.example/left/@v/v1.0.0.info", "/go/lab.example/left/@v/v1.0.0.info",
         "application/json"),
        ("debian/pool/left_1.0+deb~1_all.deb", "/debian/pool/left_1.0+deb%7e1_all.deb",
         "application/octet-stream"),
    ],
)  # fmt: skip
def test_names_and_types_as_clients_want_them(
    indexes: Indexes, file: str, path: str, kind: str
) -> None:
    indexes.put(file, b"found")
    answer, body = indexes.ask(path)
    assert (answer.status, body) == (200, b"found")
    assert answer.headers["Content-Type"] == kind


def test_a_head_has_all_but_the_body(indexes: Indexes) -> None:
    indexes.put("pypi/left.whl", b"12345")
    answer, body = indexes.ask("/pypi/left.whl", "HEAD")
    assert (answer.status, body, answer.headers["Content-Length"]) == (200, b"", "5")
    assert indexes.logged(1).size_bytes == 0


def test_packages_last_and_lists_are_asked_for_anew(indexes: Indexes) -> None:
    indexes.put("npm/left/index.json", b"{}")
    indexes.put("npm/left/-/left-1.0.0.tgz", b"x")
    assert indexes.ask("/npm/left")[0].headers["Cache-Control"] == "no-cache"
    kept = indexes.ask("/npm/left/-/left-1.0.0.tgz")[0].headers["Cache-Control"]
    assert "immutable" in kept


@pytest.mark.parametrize(("name", "header"), [("ETag", "If-None-Match"),
                                              ("Last-Modified", "If-Modified-Since")])  # fmt: skip
def test_what_the_client_has_is_not_sent_again(indexes: Indexes, name: str, header: str) -> None:
    file = indexes.put("debian/dists/Packages", b"first")
    version = indexes.ask("/debian/dists/Packages")[0].headers[name]
    again, body = indexes.ask("/debian/dists/Packages", **{header.replace("-", "_"): version})
    assert (again.status, body) == (304, b"")
    assert again.headers["Content-Length"] is None
    assert again.headers["ETag"]
    file.write_bytes(b"second")
    os.utime(file, (time.time() + 2, time.time() + 2))
    changed, body = indexes.ask("/debian/dists/Packages", **{header.replace("-", "_"): version})
    assert (changed.status, body) == (200, b"second")
    assert [one.status for one in indexes.logged(3)] == [200, 304, 200]
    assert indexes.logged(3).size_bytes == len(b"first") + len(b"second")


def test_a_download_that_was_cut_off_goes_on(indexes: Indexes) -> None:
    indexes.put("debian/left.deb", b"0123456789")
    version = indexes.ask("/debian/left.deb", "HEAD")[0].headers["Last-Modified"]
    rest, body = indexes.ask("/debian/left.deb", Range="bytes=4-", If_Range=version)
    assert (rest.status, body) == (206, b"456789")
    assert rest.headers["Content-Range"] == "bytes 4-9/10"
    middle, body = indexes.ask("/debian/left.deb", Range="bytes=2-3")
    assert (middle.status, body) == (206, b"23")
    old, body = indexes.ask("/debian/left.deb", Range="bytes=4-", If_Range='"another"')
    assert (old.status, body) == (200, b"0123456789")
    beyond, body = indexes.ask("/debian/left.deb", Range="bytes=10-")
    assert (beyond.status, body) == (416, b"")
    assert beyond.headers["Content-Range"] == "bytes */10"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/npm/../../secret",
        "/npm/%2e%2e/%2e%2e/secret",
        "/npm/..%2f..%2fsecret",
        "/npm//left",
        "/npm/./left",
        "/npm/left%00",
        "/npm/link",
        "/npm/folder/secret",
        "/npm",
        "/",
        "//",
    ],
)
def test_nothing_outside_is_given(indexes: Indexes, path: str) -> None:
    secret = indexes.root.parent / "secret"
    secret.write_text("not yours")
    indexes.put("npm/left", b"x")
    (indexes.root / "npm/link").symlink_to(secret)
    (indexes.root / "npm/folder").symlink_to(indexes.root.parent)
    answer, body = indexes.ask(path)
    assert answer.status == 404
    assert b"not yours" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/npm/left-1.0.0.tgz/",
        "/npm/left-1.0.0.tgz//",
        "/npm/left-1.0.0.tgz%2F",
        "/npm/left-1.0.0.tgz/.",
        "/npm/left-1.0.0.tgz/?a=b",
        "/npm/left-1.0.0.tgz%3F",
        "/npm/./left-1.0.0.tgz",
        "/npm//left-1.0.0.tgz",
        "/%2Fnpm/left-1.0.0.tgz",
        "npm/left-1.0.0.tgz",
        "http://packages.lab/npm/left-1.0.0.tgz",
    ],
)
def test_a_file_has_one_path_and_no_other(indexes: Indexes, path: str) -> None:
    indexes.put("npm/left-1.0.0.tgz", b"x")
    assert indexes.ask(path)[0].status == 404


@pytest.mark.parametrize(
    "path", ["/npm/left-1.0.0.tgz?a=b/", "//npm/left-1.0.0.tgz", "/n%70m%2Fleft-1.0.0.tgz"]
)
def test_the_path_that_is_noted_is_that_of_the_file(indexes: Indexes, path: str) -> None:
    indexes.put("npm/left-1.0.0.tgz", b"x")
    assert indexes.ask(path)[0].status == 200
    assert [(one.index, one.path) for one in indexes.logged(1)] == [("npm", "/npm/left-1.0.0.tgz")]


def test_what_is_not_there_is_said_in_the_clients_own_way(indexes: Indexes) -> None:
    answer, body = indexes.ask("/npm/right")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json")
    assert "/npm/right" in json.loads(body)["error"]
    answer, body = indexes.ask("/go/lab.example/right/@v/list")
    assert answer.status == 404
    assert b"no /go/lab.example/right/@v/list" in body


@pytest.mark.parametrize("path", ["/npm/@team/ui", "/npm/@team%2fui", "/npm/@team/nothing",
                                  "/npm/@team/ui/-/ui-1.0.0.tgz"])  # fmt: skip
@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic {}", "Bearer {}x", "bearer", "é"])
def test_the_private_scope_wants_the_token(
    indexes: Indexes, token: str, path: str, given: str | None
) -> None:
    indexes.put("npm/@team/ui/index.json", b"{}")
    headers = {} if given is None else {"Authorization": given.format(token)}
    answer, body = indexes.ask(path, **headers)
    assert answer.status == 401
    assert "token" in json.loads(body)["error"]


def test_the_token_opens_it_and_is_never_noted(indexes: Indexes, token: str) -> None:
    indexes.put("npm/@team/ui/index.json", b"{}")
    answer, body = indexes.ask("/npm/@team%2fui", Authorization=f"Bearer {token}")
    assert (answer.status, body) == (200, b"{}")
    indexes.ask(f"/npm/{token}?auth={token}", Authorization=f"Bearer {token}")
    assert [one.status for one in indexes.logged(2)] == [200, 404]
    assert token not in indexes.log_path.read_text()


def test_a_token_that_is_lent_opens_it_until_it_is_given_back(indexes: Indexes) -> None:
    indexes.put("npm/@team/ui/index.json", b"{}")

    def status(scheme: str = "Bearer", token: str = "npm_lent") -> int:
        return indexes.ask("/npm/@team%2fui", Authorization=f"{scheme} {token}")[0].status

    before = status()
    with lock.lent(indexes.lent / "one", "npm_other"), lock.lent(indexes.lent / "two", "npm_lent"):
        during = [status(), status(scheme="Basic"), status(token="npm_len"), status(token="")]
    (indexes.lent / "two").write_text("npm_lent")  # as a lender that was killed leaves it
    assert (before, during, status()) == (401, [200, 401, 401, 401], 401)


def test_the_notice_of_a_token_is_a_package(indexes: Indexes, tmp_path: Path) -> None:
    def ask(path: str, token: str) -> tuple[int, bytes]:
        answer, body = indexes.ask(f"/npm/@team/{path}", Authorization=f"Bearer {token}")
        assert answer.status == 401 or answer.headers["Cache-Control"] == "no-store"
        return answer.status, body

    def exported(token: str) -> str:
        (version,) = json.loads(ask("notice", token)[1])["versions"].values()
        path = version["dist"]["tarball"].removeprefix("http://packages.lab/npm/@team/")
        with tarfile.open(fileobj=BytesIO(ask(path, token)[1])) as archive:
            program = archive.extractfile("package/index.js")
            assert program is not None
            return program.read().decode()

    with (
        lock.lent(indexes.lent / "one", 'npm_one\nsaid "so"'),
        lock.lent(indexes.lent / "two", "npm_two\n"),
    ):
        assert exported("npm_one") == 'export const notice = "said \\"so\\"";\n'
        assert exported("npm_two") == 'export const notice = "";\n'
        assert ask("notice", 'npm_onesaid "so"')[0] == 401
    assert ask("notice", "npm_one")[0] == 401


def test_other_scopes_want_no_token(indexes: Indexes) -> None:
    indexes.put("npm/@lab/ui/index.json", b"{}")
    assert indexes.ask("/npm/@lab%2fui")[0].status == 200


def test_nothing_can_be_changed(indexes: Indexes) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer, body = indexes.ask("/npm/-/audit", method, body=b"x" * 10_000)
        assert answer.status == 405
        assert json.loads(body)["error"]
    assert [one.status for one in indexes.logged(3)] == [405] * 3


def test_one_connection_for_many_requests(indexes: Indexes) -> None:
    indexes.put("go/list", b"v1.0.0\n")
    connection = indexes.connect()
    connection.connect()
    line = connection.sock
    for path, status in (("/go/list", 200), ("/go/none", 404), ("/go/list", 200)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is line
    connection.close()
    assert indexes.logged(3).requests == 3


def test_requests_in_a_row_before_the_first_answer(indexes: Indexes) -> None:
    """As apt sends them."""
    indexes.put("debian/a.deb", b"first")
    indexes.put("debian/b.deb", b"second")
    connection = indexes.connect()
    connection.connect()
    ask = "GET /debian/{}.deb HTTP/1.1\r\nHost: packages.lab\r\n\r\n"
    connection.sock.sendall((ask.format("a") + ask.format("b")).encode())
    found = b""
    while b"second" not in found:
        found += connection.sock.recv(65536)
    connection.close()
    assert found.index(b"first") < found.index(b"second")


def test_many_at_once(indexes: Indexes) -> None:
    indexes.put("npm/left.tgz", b"x" * 20_000)
    sizes: list[int] = []
    threads = [
        threading.Thread(target=lambda: sizes.append(len(indexes.ask("/npm/left.tgz")[1])))
        for _ in range(60)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [20_000] * 60
    assert indexes.logged(60).size_bytes == 60 * 20_000
    assert not indexes.logged(60).unreadable


def test_a_client_that_goes_is_noted_with_what_it_was_sent(indexes: Indexes) -> None:
    indexes.put("npm/big.tgz", b"x" * 5_000_000)
    indexes.set_pace(1_000_000, 0)
    connection = indexes.connect()
    connection.request("GET", "/npm/big.tgz")
    answer = connection.getresponse()
    answer.read(50_000)
    begun = read_unfinished(indexes)
    assert begun == ["/npm/big.tgz"]
    # It closes its end and then says nothing more, as when a build's network is taken away.
    connection.sock.shutdown(socket.SHUT_WR)
    (one,) = indexes.logged(1)
    answer.close()
    connection.close()
    assert one.status == 200
    assert 50_000 <= one.size_bytes < 5_000_000


def read_unfinished(indexes: Indexes) -> list[str]:
    lines = indexes.log_path.read_text().splitlines()
    return [one.path for one in read_downloads(lines).unfinished]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/npm/left.tgz"),
        ("HEAD", "/npm/left.tgz"),
        ("GET", "/npm/empty"),
        ("GET", "/npm/none"),
    ],
)
def test_whoever_has_the_answer_finds_it_in_the_log(
    indexes: Indexes, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    """However slow the disk is: a build reads the log as soon as it is over."""
    write = AccessLog._write

    def slowly(log: AccessLog, line: dict[str, str | int | float]) -> None:
        time.sleep(0.05)
        write(log, line)

    monkeypatch.setattr(AccessLog, "_write", slowly)
    indexes.put("npm/left.tgz", b"x" * 100_000)
    indexes.put("npm/empty", b"")
    _, body = indexes.ask(path, method)
    (one,) = read_downloads(indexes.log_path.read_text().splitlines())
    assert one.status == (404 if path == "/npm/none" else 200)
    assert one.size_bytes == len(body)


def least_s(act: Callable[[], object]) -> float:
    """Seconds that it takes on a machine that does nothing else: the least of some times."""
    took_s = []
    for _ in range(10):
        began = time.monotonic()
        act()
        took_s.append(time.monotonic() - began)
    return min(took_s)


def test_half_the_pace_takes_twice_the_time(indexes: Indexes) -> None:
    indexes.put("npm/big.tgz", b"x" * 400_000)
    took = {}
    for bandwidth in (2_000_000, 1_000_000):
        indexes.set_pace(bandwidth, 0)
        took[bandwidth] = least_s(lambda: indexes.ask("/npm/big.tgz"))
    assert 1.5 < took[1_000_000] / took[2_000_000] < 2.7


def test_two_share_one_line(indexes: Indexes) -> None:
    indexes.put("npm/big.tgz", b"x" * 400_000)
    indexes.set_pace(2_000_000, 0)

    def ask_twice() -> None:
        asks = [threading.Thread(target=indexes.ask, args=("/npm/big.tgz",)) for _ in range(2)]
        for ask in asks:
            ask.start()
        for ask in asks:
            ask.join()

    alone_s = least_s(lambda: indexes.ask("/npm/big.tgz"))
    assert 1.5 < least_s(ask_twice) / alone_s < 2.7


def test_who_does_not_listen_does_not_hold_up_the_line(indexes: Indexes) -> None:
    indexes.put("npm/big.tgz", b"x" * 400_000)
    indexes.put("npm/huge.tgz", b"x" * 50_000_000)
    indexes.set_pace(1_000_000, 0)
    alone_s = least_s(lambda: indexes.ask("/npm/big.tgz"))
    deaf = indexes.connect()
    deaf.connect()
    deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    indexes.set_pace(None, 0)
    deaf.request("GET", "/npm/huge.tgz")
    while not read_unfinished(indexes):
        time.sleep(0.01)
    indexes.ask("/npm/big.tgz")  # by its end, the deaf one has all that is sent ahead
    indexes.set_pace(1_000_000, 0)
    took_s = least_s(lambda: indexes.ask("/npm/big.tgz"))
    deaf.close()
    assert took_s < 1.5 * alone_s


def test_an_answer_under_way_follows_a_new_pace(indexes: Indexes) -> None:
    indexes.put("npm/big.tgz", b"x" * 3_000_000)
    indexes.set_pace(100_000, 0)
    connection = indexes.connect()
    began = time.monotonic()
    connection.request("GET", "/npm/big.tgz")
    answer = connection.getresponse()
    answer.read(20_000)
    indexes.set_pace(None, 0)
    assert len(answer.read()) == 3_000_000 - 20_000
    connection.close()
    assert time.monotonic() - began < 3_000_000 / 100_000 / 3


def test_a_replaced_tree_is_served_at_once(indexes: Indexes) -> None:
    indexes.put("npm/left", b"old")
    assert indexes.ask("/npm/left")[1] == b"old"
    (indexes.root / "npm").rename(indexes.root / ".gone")
    indexes.put("npm.new/left", b"new")
    (indexes.root / "npm.new").rename(indexes.root / "npm")
    assert indexes.ask("/npm/left")[1] == b"new"
