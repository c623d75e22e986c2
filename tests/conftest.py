"""Every test that needs the engine gets one of its own, in folders of its own, ended afterwards.

The cache (the engine's files and the base images) is the user's unless
``BUILDKIT_LAB_CACHE`` says otherwise: making it anew takes minutes and is what
``make demo`` from an empty cache shows.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.engine.places import Places

ENGINES = {"sandbox", "lab", "bare", "running"}
"""Fixtures that give a sandbox; the last three are those of ``hostile``."""


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder with the engine's files and the base images."""
    return Places.default().cache


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """An empty home. Not pytest's own folder: its path is too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="lab-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "home"


@pytest.fixture(scope="session")
def sandbox(home: Path, cache: Path) -> Iterator[Sandbox]:
    """A running sandbox for the whole session; commands under test find it by the environment."""
    before = {name: os.environ.get(name) for name in ("BUILDKIT_LAB_HOME", "BUILDKIT_LAB_CACHE")}
    os.environ.update(BUILDKIT_LAB_HOME=str(home), BUILDKIT_LAB_CACHE=str(cache))
    lab = Sandbox(home, cache)
    lab.up()
    try:
        yield lab
    finally:
        lab.reset()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a sandbox is an engine test; quick ones run first."""
    for item in items:
        if ENGINES & set(getattr(item, "fixturenames", ())):
            item.add_marker("engine")
    items.sort(key=lambda item: item.get_closest_marker("engine") is not None)
