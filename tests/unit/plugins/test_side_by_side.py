"""Who has the machine: workers of one session share it, and one of them may have it alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.plugins.side_by_side import Floor

PATIENCE_S = 30.0


@pytest.fixture
def floors(tmp_path: Path) -> Iterator[list[Floor]]:
    """The same machine, as two workers see it."""
    made = [Floor(tmp_path), Floor(tmp_path)]
    yield made
    for floor in made:
        floor.close()


@pytest.fixture
def lab() -> str:
    """Has the name of a fixture with an engine, and has none."""
    return "lab"


class Visit:
    """A worker that enters a block, in a thread of its own, and stays until it is let go."""

    def __init__(self, block: AbstractContextManager[None]) -> None:
        self.entered = threading.Event()
        self._go = threading.Event()
        self._thread = threading.Thread(target=self._stay, args=(block,), daemon=True)
        self._thread.start()

    def _stay(self, block: AbstractContextManager[None]) -> None:
        with block:
            self.entered.set()
            self._go.wait(PATIENCE_S)

    def leave(self) -> None:
        self._go.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


def test_workers_share_the_machine(floors: list[Floor]) -> None:
    with floors[0].shared(), floors[1].shared():
        pass


def test_a_quiet_test_waits_for_those_that_run_and_holds_up_the_next(floors: list[Floor]) -> None:
    with floors[0].shared():
        quiet = Visit(floors[1].alone())
        assert not quiet.entered.wait(0.1)
    assert quiet.entered.wait(PATIENCE_S)
    another = Visit(floors[0].shared())
    assert not another.entered.wait(0.1)

    quiet.leave()
    assert another.entered.wait(PATIENCE_S)
    another.leave()
    assert floors[1].waited_s > 0.05


def test_two_that_share_may_both_want_to_be_alone(floors: list[Floor]) -> None:
    with floors[0].shared():
        other = threading.Thread(target=_share_then_alone, args=(floors[1],), daemon=True)
        other.start()
        with floors[0].alone():
            pass
    other.join(PATIENCE_S)
    assert not other.is_alive()


def _share_then_alone(floor: Floor) -> None:
    with floor.shared(), floor.alone():
        pass


def test_the_name_of_a_fixture_does_not_ask_for_an_engine(
    lab: str, request: pytest.FixtureRequest
) -> None:
    assert lab in request.fixturenames
    assert request.node.get_closest_marker("engine") is None
