from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from sandbox import EngineError
from sandbox.engine import lock


def held_elsewhere(path: Path, free: threading.Event) -> threading.Thread:
    """Another holder; flock counts descriptors, so a thread does."""
    got = threading.Event()

    def hold() -> None:
        with lock.held(path, tell=lambda _: None):
            got.set()
            free.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    got.wait()
    return holder


def test_the_holder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with lock.held(path, tell=pytest.fail):
        assert path.read_text() == str(os.getpid())


def test_what_a_dead_holder_left_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("999999999, and more than an id")
    with lock.held(path, tell=pytest.fail):
        assert path.read_text() == str(os.getpid())


def test_it_is_free_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), lock.held(path, tell=pytest.fail):
        raise RuntimeError
    with lock.held(path, tell=pytest.fail):
        pass


def test_another_holder_is_waited_for_and_told_of_once(tmp_path: Path) -> None:
    path, free, told = tmp_path / "lock", threading.Event(), []

    def tell(line: str) -> None:
        told.append(line)
        free.set()

    holder = held_elsewhere(path, free)
    with lock.held(path, tell=tell):
        holder.join()
    assert told == [f"waiting for process {os.getpid()}, which is working on the same sandbox …"]


def test_patience_ends(tmp_path: Path) -> None:
    free = threading.Event()
    holder = held_elsewhere(tmp_path / "lock", free)
    try:
        with (
            pytest.raises(EngineError, match=f"Process {os.getpid()} has held") as caught,
            lock.held(tmp_path / "lock", tell=lambda _: None, wait_s=0.0),
        ):
            pytest.fail("two holders")
        assert "ps -fp" in caught.value.next_step
    finally:
        free.set()
        holder.join()


def test_a_removed_file_is_no_lock(tmp_path: Path) -> None:
    """Who waited for it, and who comes after, must not both believe to hold it."""
    path, free = tmp_path / "lock", threading.Event()
    holder = held_elsewhere(path, free)

    def remove(_: str) -> None:
        path.unlink()
        free.set()

    with lock.held(path, tell=remove):
        holder.join()
        assert path.exists()
        with pytest.raises(EngineError), lock.held(path, tell=lambda _: None, wait_s=0.0):
            pytest.fail("two holders")


def test_those_who_share_are_in_together_and_keep_out_who_wants_to_be_alone(tmp_path: Path) -> None:
    path = tmp_path / "turn"

    with (
        lock.held(path, tell=pytest.fail, shared=True),
        lock.held(path, tell=pytest.fail, shared=True),
        pytest.raises(EngineError, match="has held"),
        lock.held(path, tell=lambda _: None, wait_s=0.1),
    ):
        pytest.fail("alone, among others")


def test_who_is_alone_keeps_out_those_who_would_share(tmp_path: Path) -> None:
    path = tmp_path / "turn"

    with (
        lock.held(path, tell=pytest.fail),
        pytest.raises(EngineError, match="has held"),
        lock.held(path, tell=lambda _: None, wait_s=0.1, shared=True),
    ):
        pytest.fail("not alone")


def test_what_is_lent_is_there_with_its_content_and_locked(tmp_path: Path) -> None:
    with lock.lent(tmp_path / "tokens" / "one", "npm_5ec4e7"):
        (path,) = (tmp_path / "tokens").iterdir()
        assert path.read_text() == "npm_5ec4e7"
        assert path.stat().st_mode & 0o077 == 0
        assert list(lock.returned(tmp_path / "tokens")) == []
    assert list((tmp_path / "tokens").iterdir()) == []


def test_what_a_dead_lender_left_is_found(tmp_path: Path) -> None:
    (tmp_path / "left").touch()
    with lock.lent(tmp_path / "mine"):
        assert list(lock.returned(tmp_path)) == [tmp_path / "left"]
    assert list(lock.returned(tmp_path / "no-such-folder")) == []
