from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sandbox.model.downloads import Download, Downloads, read_downloads


def begin(id: int, path: str) -> str:
    index = path.split("/")[1]
    started = "2026-01-02T03:04:05.678901+00:00"
    return json.dumps({"id": id, "index": index, "path": path, "started": started})


def end(id: int, size_bytes: int, status: int = 200) -> str:
    return json.dumps({"id": id, "status": status, "size_bytes": size_bytes, "duration_s": 0.5})


def test_a_request_is_two_lines() -> None:
    found = read_downloads([begin(7, "/npm/left"), end(7, 1234)])
    began = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    assert list(found) == [Download("npm", "/npm/left", 1234, 200, began, 0.5)]
    assert (found.requests, found.size_bytes, found.unfinished) == (1, 1234, ())


def test_they_are_in_the_order_they_began() -> None:
    lines = [begin(1, "/npm/a"), begin(2, "/go/b"), end(2, 20), begin(3, "/npm/c"), end(1, 10),
             end(3, 0, 304)]  # fmt: skip
    found = read_downloads(lines)
    assert [(one.path, one.size_bytes) for one in found] == [
        ("/npm/a", 10), ("/go/b", 20), ("/npm/c", 0)
    ]  # fmt: skip
    assert found.indexes == ("npm", "go")
    assert [one.path for one in found.of("npm")] == ["/npm/a", "/npm/c"]
    assert str(found) == "2 requests, 10 B from npm; 1 request, 20 B from go"
    assert found.amount() == "3 requests, 30 B"


def test_what_began_before_belongs_to_somebody_else() -> None:
    found = read_downloads([end(1, 10), begin(2, "/npm/b"), end(2, 5)])
    assert [one.path for one in found] == ["/npm/b"]
    assert not found.unreadable


def test_what_has_not_ended_is_said() -> None:
    found = read_downloads([begin(1, "/npm/a"), begin(2, "/npm/b"), end(2, 5)])
    assert [(one.path, one.status, one.duration_s) for one in found.unfinished] == [
        ("/npm/a", None, None)
    ]
    assert str(found) == "2 requests, 5 B from npm (1 not ended)"
    assert str(found.unfinished[0]) == "not ended  /npm/a"


@pytest.mark.parametrize("line", ["", "{", "[1]", "null", '"id"', '{"id": "x"}', '{"id": 1}',
                                  '{"id": 9, "started": "yesterday", "index": "a", "path": "b"}',
                                  '{"id": 9, "started": 1, "index": "a", "path": "b"}',
                                  '{"id": 1, "status": 200, "size_bytes": null}'])  # fmt: skip
def test_a_damaged_line_is_kept_and_the_rest_is_counted(line: str) -> None:
    found = read_downloads([begin(1, "/npm/a"), line, end(1, 10)])
    assert (found.requests, found.size_bytes, found.unreadable) == (1, 10, (line,))
    assert str(found) == "1 request, 10 B from npm (lines of the log that could not be read: 1)"


def test_nothing() -> None:
    assert str(Downloads()) == repr(Downloads()) == "no requests"
    assert Downloads().size_bytes == 0


def test_one_request_in_words() -> None:
    (one,) = read_downloads([begin(1, "/npm/\x1b[2Ja"), end(1, 1_234_567, 200)])
    assert str(one).split() == [
        "200",
        "1.2",
        "MB",
        "0.50",
        "s",
        "/npm/\N{REPLACEMENT CHARACTER}[2Ja",
    ]
