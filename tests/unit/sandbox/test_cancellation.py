"""Cancelled work in another thread ends at once, once, and leaves nothing running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sandbox import Cancelled, CancelToken, finish_cleanup, process
from sandbox.engine import lock

WAIT_S = 30.0


class Worker:
    """Runs it in a thread, and keeps what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            self.raised = error

    def join(self) -> BaseException | None:
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()
        return self.raised


@pytest.fixture
def left_over() -> Callable[[], set[psutil.Process]]:
    """The processes that the test has begun and that still run; those before it do not count."""
    before = set(psutil.Process().children())
    return lambda: set(psutil.Process().children()) - before


def test_a_program_that_runs_is_ended(
    tmp_path: Path, left_over: Callable[[], set[psutil.Process]]
) -> None:
    cancel_token, begun = CancelToken(), tmp_path / "begun"
    argv = ["sh", "-c", f"touch {begun}; exec sleep 600"]
    worker = Worker(lambda: process.run(argv, check=False, cancel_token=cancel_token))
    while not begun.exists():
        threading.Event().wait(0.01)

    cancel_token.cancel()

    assert isinstance(worker.join(), Cancelled)
    assert left_over() == set()


def test_a_stream_is_ended_in_the_middle(
    left_over: Callable[[], set[psutil.Process]],
) -> None:
    cancel_token, heard = CancelToken(), threading.Event()

    def read() -> None:
        for _ in process.stream(
            ["sh", "-c", "echo one; exec sleep 600"], cancel_token=cancel_token
        ):
            heard.set()

    worker = Worker(read)
    assert heard.wait(WAIT_S)

    cancel_token.cancel()

    assert isinstance(worker.join(), Cancelled)
    assert left_over() == set()


def test_nothing_more_is_begun_but_what_cleans_up(tmp_path: Path) -> None:
    cancel_token, cleaned = CancelToken(), tmp_path / "cleaned"
    cancel_token.cancel()

    def work() -> None:
        try:
            process.run(["touch", str(tmp_path / "begun")], cancel_token=cancel_token)
        finally:
            process.run(["touch", str(cleaned)], cancel_token=cancel_token)

    assert isinstance(Worker(work).join(), Cancelled)
    assert cleaned.exists()
    assert not (tmp_path / "begun").exists()


def test_every_thread_is_cancelled() -> None:
    cancel_token = CancelToken()
    cancel_token.cancel()

    raised = [Worker(cancel_token.raise_if_cancelled).join() for _ in range(2)]

    assert [type(error) for error in raised] == [Cancelled, Cancelled]


def test_what_was_asked_just_before_a_block_ends_it_all_the_same() -> None:
    ended: list[str] = []
    cancel_token = CancelToken()

    class Late(list[Callable[[], None]]):
        def append(self, end: Callable[[], None]) -> None:
            cancel_token._is_cancelled = True  # between the look and the entry
            super().append(end)

    cancel_token._ends = Late()
    with pytest.raises(Cancelled), cancel_token.on_cancel(lambda: ended.append("ended")):
        pass
    assert ended == ["ended"]


def test_a_wait_for_a_lock_is_ended(tmp_path: Path) -> None:
    cancel_token, waiting = CancelToken(), threading.Event()
    path = tmp_path / "lock"

    def wait() -> None:
        with lock.held(path, tell=lambda _: waiting.set(), pause=cancel_token.raise_if_cancelled):
            pytest.fail("two have the lock")

    with lock.held(path, tell=lambda _: None):
        worker = Worker(wait)
        assert waiting.wait(WAIT_S)
        cancel_token.cancel()
        assert isinstance(worker.join(), Cancelled)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, Cancelled])
def test_what_comes_in_the_middle_of_cleaning_up_waits_for_its_end(
    kind: type[BaseException],
) -> None:
    done: list[str] = []

    def clean_up() -> None:
        done.append("begun")
        if len(done) == 1:
            raise kind
        done.append("ended")

    with pytest.raises(kind):
        finish_cleanup(clean_up)
    assert done == ["begun", "begun", "ended"]
