"""Watches the sandbox's memory and disk while something runs.

Source: Linux, Documentation/admin-guide/cgroup-v1/memory.rst (memory.oom_control) and
cgroup-v2.rst (memory.events).
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.engine.disk_limit import is_exceeded
from sandbox.engine.limits import CGROUP
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState, load
from sandbox.model.strain import Strain

POLL_S = 0.1
"""A build that fills the disk is over soon, and what it wrote is removed soon after."""
_KILLS = re.compile(r"(?m)^oom_kill (\d+)$")


@contextmanager
def watched(paths: Paths) -> Iterator[Callable[[], Strain]]:
    """Watch the sandbox while the block runs; yields a function for the facts so far."""
    state = load(paths.state)
    counter = None if state is None else _counter(state)
    kills_before = _kills(counter)
    is_over = threading.Event()
    least = shutil.disk_usage(paths.home).free

    def look() -> None:
        nonlocal least
        least = min(least, shutil.disk_usage(paths.home).free)

    def go_on_looking() -> None:
        while not is_over.wait(POLL_S):
            look()

    def strain() -> Strain:
        look()
        kills = _kills(counter)
        if kills is not None and kills_before is not None:
            kills -= kills_before
        return Strain(kills, least, is_exceeded(paths))

    watcher = threading.Thread(target=go_on_looking, name="strain", daemon=True)
    watcher.start()
    try:
        yield strain
    finally:
        is_over.set()
        watcher.join()


def _counter(state: EngineState) -> Path | None:
    """The file in which the kernel counts the processes of this sandbox that it has killed."""
    if state.fence.kind == "none":  # the cgroup is not the sandbox's alone
        return None
    try:
        lines = Path(f"/proc/{state.pid}/cgroup").read_text().splitlines()
    except OSError:  # it has ended
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers and (CGROUP / "cgroup.controllers").exists():
            return CGROUP / path.lstrip("/") / "memory.events"
        if "memory" in controllers.split(","):
            return CGROUP / "memory" / path.lstrip("/") / "memory.oom_control"
    return None


def _kills(counter: Path | None) -> int | None:
    try:
        found = _KILLS.search(counter.read_text()) if counter is not None else None
    except OSError:
        return None
    return None if found is None else int(found[1])
