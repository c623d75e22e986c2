from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from sandbox.engine.inside.cache_store import (
    IDLE_S,
    AlreadyExists,
    CacheEntry,
    Full,
    Store,
    Upload,
    entries,
    remove,
)

MAIN, OWN, OTHER = "refs/heads/main", "refs/heads/new", "refs/heads/other"
V = "1"


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Store:
    return Store(tmp_path, clock=clock, spare_bytes=0)


def put(store: Store, upload: Upload, data: bytes) -> None:
    store.admit(upload, len(data))
    upload.put("all", BytesIO(data), len(data))
    upload.join(["all"])


def save(store: Store, clock: Clock, key: str, data: bytes, scope: str = MAIN) -> CacheEntry:
    put(store, store.reserve(key, V, scope), data)
    clock.now_s += 1
    return store.publish(key, V, scope, len(data))


def keys(folder: Path) -> set[str]:
    return {entry.key for entry in entries(folder)}


def test_what_was_saved_is_found(tmp_path: Path, store: Store, clock: Clock) -> None:
    saved = save(store, clock, "key", b"bytes")
    assert store.find(["key"], V, [MAIN]) == saved
    assert store.blob(saved.id).read_bytes() == b"bytes"
    assert list(entries(tmp_path)) == [saved]
    assert (saved.size_bytes, saved.created.timestamp()) == (5, clock.now_s)
    assert saved.created.tzinfo is not None


def test_blocks_are_joined_as_listed_and_not_as_they_came(store: Store) -> None:
    upload = store.reserve("key", V, MAIN)
    for name, data in (("two/=", b"world"), ("one", b"hello "), ("never listed", b"!")):
        store.admit(upload, len(data))
        upload.put(name, BytesIO(data), len(data))
    upload.join(["one", "two/="])
    entry = store.publish("key", V, MAIN, 11)
    assert store.blob(entry.id).read_bytes() == b"hello world"


def test_nothing_is_found_before_it_is_whole(tmp_path: Path, store: Store) -> None:
    upload = store.reserve("key", V, MAIN)
    with pytest.raises(KeyError):
        store.publish("key", V, MAIN, 0)
    upload.put("one", BytesIO(b"hello"), 5)
    with pytest.raises(KeyError):
        upload.join(["one", "two"])
    upload.join(["one"])
    with pytest.raises(KeyError):
        store.publish("key", V, MAIN, 6)
    assert store.find(["key"], V, [MAIN]) is None
    store.publish("key", V, MAIN, 5)
    assert keys(tmp_path) == {"key"}


def test_a_client_that_goes_away_leaves_no_entry(tmp_path: Path, store: Store) -> None:
    upload = store.reserve("key", V, MAIN)
    with pytest.raises(EOFError, match="3 of 5 bytes"):
        upload.put("one", BytesIO(b"he"), 5)
    with pytest.raises(KeyError):
        store.publish("key", V, MAIN, 5)
    assert keys(tmp_path) == set()


def test_what_a_killed_service_left_half_done_is_gone_at_its_next_start(
    tmp_path: Path, store: Store, clock: Clock
) -> None:
    kept = save(store, clock, "kept", b"whole")
    upload = store.reserve("half", V, MAIN)
    put(store, upload, b"not published")
    # Killed between the two renames of a publication, either way round.
    (tmp_path / "blobs" / ("a" * 32)).write_bytes(b"no entry")
    (tmp_path / "entries" / f"{'b' * 32}.json").write_text("{}")
    (tmp_path / "entries" / f"{'c' * 32}.partial").write_text("{")

    again = Store(tmp_path, clock=clock, spare_bytes=0)
    assert list(entries(tmp_path)) == [kept]
    assert again.find(["kept"], V, [MAIN]) == kept
    with pytest.raises(KeyError):
        again.upload(upload.id)
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {kept.id, f"{kept.id}.json"}
    again.reserve("half", V, MAIN)  # not blocked by what is gone


def test_a_key_is_given_once(store: Store, clock: Clock) -> None:
    save(store, clock, "key", b"1")
    with pytest.raises(AlreadyExists):
        store.reserve("key", V, MAIN)
    store.reserve("key", V, OWN)
    store.reserve("key", "2", MAIN)


def test_an_upload_at_work_keeps_its_key_and_one_given_up_does_not(
    store: Store, clock: Clock
) -> None:
    first = store.reserve("key", V, MAIN)
    clock.now_s += IDLE_S
    put(store, first, b"still there")
    clock.now_s += IDLE_S
    with pytest.raises(AlreadyExists):
        store.reserve("key", V, MAIN)
    clock.now_s += 1
    second = store.reserve("key", V, MAIN)
    with pytest.raises(KeyError):
        store.upload(first.id)
    assert store.upload(second.id) is second


def test_the_exact_key_is_better_than_a_later_one_that_begins_so(
    store: Store, clock: Clock
) -> None:
    exact = save(store, clock, "index", b"1")
    save(store, clock, "index#1", b"2")
    latest = save(store, clock, "index#2", b"3")
    assert store.find(["index"], V, [MAIN]) == exact
    assert store.find(["index#"], V, [MAIN]) == latest
    assert store.find(["none", "index#1"], V, [MAIN]) is not None
    assert store.find(["ndex"], V, [MAIN]) is None
    assert store.find(["index"], "2", [MAIN]) is None


def test_a_scope_sees_its_own_first_then_the_default_branchs_and_no_others(
    store: Store, clock: Clock
) -> None:
    mains = save(store, clock, "key", b"main", MAIN)
    save(store, clock, "key", b"other", OTHER)
    assert store.find(["key"], V, [OWN, MAIN]) == mains
    own = save(store, clock, "key-1", b"own", OWN)
    # Even a part of the name, in its own branch, comes before the whole name in another.
    assert store.find(["key"], V, [OWN, MAIN]) == own
    assert store.find(["key"], V, []) is None


def test_the_longest_unused_is_forgotten_when_room_is_short(tmp_path: Path, clock: Clock) -> None:
    store = Store(tmp_path, clock=clock, limit_bytes=30, spare_bytes=0)
    for key in ("old", "used", "new"):
        save(store, clock, key, b"0123456789")
    clock.now_s += 1
    used = store.find(["used"], V, [MAIN])
    assert used is not None
    clock.now_s += 1
    save(store, clock, "newest", b"0123456789")
    assert keys(tmp_path) == {"used", "new", "newest"}
    save(store, clock, "another", b"0123456789")
    assert keys(tmp_path) == {"used", "newest", "another"}


def test_what_is_too_big_is_refused_and_uploads_count(tmp_path: Path, clock: Clock) -> None:
    store = Store(tmp_path, clock=clock, limit_bytes=30, spare_bytes=0)
    save(store, clock, "key", b"0123456789")
    one, two = store.reserve("one", V, MAIN), store.reserve("two", V, MAIN)
    store.admit(one, 20)
    assert keys(tmp_path) == {"key"}
    store.admit(two, 10)
    assert keys(tmp_path) == set()
    with pytest.raises(Full):
        store.admit(two, 1)


def test_the_disk_is_never_filled(tmp_path: Path, clock: Clock) -> None:
    store = Store(tmp_path, clock=clock, spare_bytes=1 << 62)
    with pytest.raises(Full):
        store.admit(store.reserve("key", V, MAIN), 1)


def test_an_entry_may_be_forgotten_from_outside(tmp_path: Path, store: Store, clock: Clock) -> None:
    saved = save(store, clock, "key", b"bytes")
    remove(tmp_path, saved.id)
    remove(tmp_path, saved.id)
    assert store.find(["key"], V, [MAIN]) is None
    save(store, clock, "key", b"again")
    assert keys(tmp_path) == {"key"}


def test_a_damaged_entry_is_none_and_goes_with_the_next_start(
    tmp_path: Path, store: Store, clock: Clock
) -> None:
    save(store, clock, "key", b"bytes")
    for name, text in (("cut", ""), ("odd", "{}")):
        (tmp_path / "entries" / f"{name}.json").write_text(text)
        (tmp_path / "blobs" / name).write_bytes(b"bytes")
    assert keys(tmp_path) == {"key"}
    assert store.find(["key"], V, [MAIN]) is not None
    Store(tmp_path, clock=clock)
    assert keys(tmp_path) == {"key"}
    assert len(list((tmp_path / "entries").iterdir())) == 1
    assert len(list((tmp_path / "blobs").iterdir())) == 1
