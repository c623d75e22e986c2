"""Runs tests in several workers on one machine: groups, order, and tests that must run alone.

A worker of pytest-xdist (`pytest -n 3`) is a process, and so has an engine of its own. Tests that
share a group run in one worker, one after the other:

- a test that names a group with ``xdist_group`` is in that group;
- the tests on one exercise, or on one lesson, are a group; all other tests of a file are one.

Tests without an engine run first, since base images may still be made meanwhile. After them, the
groups that took longest in the last run begin first, so that no worker has a long group left at the
end.

A test marked ``quiet`` compares durations, so no other worker may run a test meanwhile. Each test
with an engine shares a lock of this session; a quiet test takes the lock alone. A second pytest run
for quiet tests alone would prove the same, but would need another engine, and reports of its own.
Quiet tests come last, when the other workers run out of tests, so the wait is short.

The scheduler is our own: xdist's `--dist loadgroup` passes groups in the ids of tests, which has no
effect from pytest 9.2 on. Source: https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from sandbox import Sandbox, SandboxError
from sandbox.engine.paths import Paths

HOMES = "session_folder"
"""The fixture that every fixture with an engine builds on: an engine's home lies in its folder."""
TOPICS = {"exercise": "exercise", "lesson_name": "lesson"}
"""Parameters of tests that decide the group, and the first word of the group's name."""
QUICK = (
    "tests/exercises/test_exercises.py::test_a_cheat_does_not_pass[01-",
    "tests/exercises/test_exercises.py::test_it_grades_as_its_author_claims[01-",
    "tests/exercises/test_exercises.py::test_it_grades_as_its_author_claims[03-",
    "tests/integration/test_engine.py::",
    "tests/lessons/test_lessons.py::test_runs_from_first_to_last[01-",
)
"""The beginnings of the ids of the tests with an engine that `make quick` runs."""
MEASURED = Path(__file__).parents[1] / "durations.json"
FOLDER_VARIABLE = "BUILDKIT_LAB_TESTS"
GROUP = "group"
"""A file beside a home, with the id of a process group that ends with the session."""


class Floor:
    """Locks by which the workers of a session share the machine, or use it alone.

    The kernel releases the locks of a killed worker.
    """

    def __init__(self, folder: Path) -> None:
        # A worker that waits to be alone holds the gate, so that no other worker takes the floor
        # before it.
        self._gate = os.open(folder / "gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._floor = os.open(folder / "floor", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._mode = fcntl.LOCK_UN
        self.waited_s = 0.0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Run the block beside the tests of other workers."""
        with self._held(fcntl.LOCK_SH):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Run the block after the current tests of other workers, and before their next tests."""
        with self._held(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _held(self, mode: int) -> Iterator[None]:
        before = self._mode
        self._change(mode)
        try:
            yield
        finally:
            self._change(before)

    def _change(self, mode: int) -> None:
        # Release the floor first: two workers that share it would wait for each other.
        fcntl.flock(self._floor, fcntl.LOCK_UN)
        if mode != fcntl.LOCK_UN:
            began = time.monotonic()
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            fcntl.flock(self._floor, mode)
            fcntl.flock(self._gate, fcntl.LOCK_UN)
            self.waited_s += time.monotonic() - began
        self._mode = mode

    def close(self) -> None:
        """Release all locks."""
        os.close(self._floor)
        os.close(self._gate)


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each group to the next free worker, in the order of the collected tests."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return self._groups[nodeid]

    @cached_property
    def _groups(self) -> dict[str, str]:
        return read_groups()


FLOOR = pytest.StashKey[Floor]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Create the session's folder; workers inherit its path from the process that starts them."""
    if FOLDER_VARIABLE not in os.environ:
        # Not pytest's own folder: its path is too long for a socket.
        folder = tempfile.TemporaryDirectory(prefix="lab-tests-", ignore_cleanup_errors=True)
        os.environ[FOLDER_VARIABLE] = folder.name
        config.add_cleanup(lambda: os.environ.pop(FOLDER_VARIABLE))
        config.add_cleanup(folder.cleanup)
        config.add_cleanup(lambda: _end_engines(Path(folder.name)))
    config.stash[FLOOR] = floor = Floor(Path(os.environ[FOLDER_VARIABLE]))
    config.add_cleanup(floor.close)


def _end_engines(folder: Path) -> None:
    """End the engines and processes of workers that were killed, for example by Ctrl-C."""
    for file in folder.glob(f"*/{GROUP}"):
        with contextlib.suppress(ProcessLookupError, ValueError):
            os.killpg(int(file.read_text()), signal.SIGKILL)
    for run in folder.glob("*/*/run"):
        try:
            Sandbox(run.parent, Paths.default().cache).reset()
        except (SandboxError, OSError) as error:
            sys.stderr.write(f"{run.parent} could not be removed: {error}\n")


@pytest.fixture(scope="session")
def session_folder() -> Path:
    """The folder for the homes of sandboxes; the session's end also ends engines in them."""
    return Path(os.environ[FOLDER_VARIABLE])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need an engine and quick tests; give each test a group; order the groups."""
    groups = json.loads(MEASURED.read_text())["groups"] if MEASURED.exists() else {}
    for item in items:
        # All fixtures of the test, also those that its own fixtures ask for.
        if HOMES in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
        if item.nodeid.startswith(QUICK):
            item.add_marker("quick")
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))

    def place(item: pytest.Item) -> tuple[bool, bool, float]:
        return (
            _has(item, "engine"),
            _has(item, "quiet"),
            # A new group, without a measured duration, may be long.
            -groups.get(group_of(item), 1.0) if _has(item, "engine") else 0.0,
        )

    items.sort(key=place)
    _write_groups({item.nodeid: group_of(item) for item in items})


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before the clock of pytest-timeout starts
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep other workers' tests from running beside a quiet test."""
    floor = item.config.stash[FLOOR]
    if not _has(item, "engine"):
        return (yield)
    with floor.alone() if _has(item, "quiet") else floor.shared():
        return (yield)


@pytest.fixture(scope="session")
def alone(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[None]]:
    """Returns a context manager: in its block, no other worker runs a test with an engine."""
    return request.config.stash[FLOOR].alone


def group_of(item: pytest.Item) -> str:
    """The name of the test's group."""
    mark = item.get_closest_marker("xdist_group")
    assert mark is not None
    return str(mark.args[0])


def _write_groups(groups: dict[str, str]) -> None:
    """Write the groups for the scheduling process, which collects no tests itself."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    partial = folder / f"{os.getpid()}.json"
    partial.write_text(json.dumps(groups))
    partial.replace(folder / "groups.json")


def read_groups() -> dict[str, str]:
    """The group of each test, by its id; all workers have written the same."""
    return dict(json.loads((Path(os.environ[FOLDER_VARIABLE]) / "groups.json").read_text()))


def _group(item: pytest.Item) -> str:
    file = item.nodeid.partition("::")[0]
    if not _has(item, "engine"):
        return file
    if _has(item, "quiet"):
        return "quiet"
    params = item.callspec.params if hasattr(item, "callspec") else {}
    for name, topic in TOPICS.items():
        if name in params:
            value = params[name]
            return f"{topic} {getattr(value, 'slug', value)}"
    return file


def _has(item: pytest.Item, mark: str) -> bool:
    return item.get_closest_marker(mark) is not None
