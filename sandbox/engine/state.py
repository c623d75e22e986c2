"""The engine's process and its settings at the start, saved in ``home/engine.json``."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from sandbox import atomic
from sandbox.engine.limits import Fence, Limits

PID_MAX = 1 << 22
"""Source: proc(5), /proc/sys/kernel/pid_max."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """A started engine.

    Args:
        pid: The process id of RootlessKit's outer process, as this machine sees it.
        started: The ``birth`` of that process, since the kernel may reuse a process id.
        port: The registry's port on 127.0.0.1.
        online: Whether builds can reach the internet.
        rootfs: The root file system that the engine runs in.
        limits: The limits that the user chose.
        fence: How the limits are enforced.
        origin: The home of the golden sandbox that this one is a clone of; None: it is no clone.
    """

    pid: int
    started: str
    port: int
    online: bool
    rootfs: Path
    limits: Limits
    fence: Fence
    origin: Path | None = None

    @property
    def process(self) -> psutil.Process | None:
        """The engine's outer process; None: it has ended."""
        with contextlib.suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.pid)
            if birth(self.pid) == self.started and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    def with_online(self, online: bool) -> EngineState:
        return replace(self, online=online)

    def save(self, path: Path) -> None:
        """Write the state to ``path``; the file changes completely or not at all."""
        atomic.write_text(path, json.dumps(asdict(self), default=str, indent=1))


def birth(pid: int) -> str | None:
    """The start of a process, as boot id and clock ticks since boot; None: it has ended.

    Unlike psutil's start time, this value does not change when the machine's clock is set.
    Source: proc_pid_stat(5), field 22.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The second field, a name in parentheses, may itself contain spaces and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return f"{boot}/{fields[19]}"


def load(path: Path) -> EngineState | None:
    """The state saved at ``path``; None: there is none that this version can read."""
    try:
        data = json.loads(path.read_text())
        limits, kept = data["limits"], data["fence"]
        pid = int(data["pid"])
        if not 0 < pid <= PID_MAX:
            return None
        return EngineState(
            pid=pid,
            started=str(data["started"]),
            port=int(data["port"]),
            online=bool(data["online"]),
            rootfs=Path(data["rootfs"]),
            limits=Limits(
                memory_bytes=int(limits["memory_bytes"]),
                cpus=None if limits["cpus"] is None else float(limits["cpus"]),
                pids=int(limits["pids"]),
            ),
            fence=Fence(
                str(kept["kind"]),
                tuple(Path(folder) for folder in kept["folders"]),
                tuple(str(word) for word in kept["prefix"]),
            ),
            origin=Path(data["origin"]) if data.get("origin") else None,
        )
    except (OSError, ValueError, KeyError, TypeError):
        # The file is incomplete or from another version. ``engines_in`` finds the engine anyway.
        return None


def engines_in(rootlesskit_dir: Path) -> Iterator[psutil.Process]:
    """The outer processes of all engines whose RootlessKit state folder is this one.

    ``engine.json`` does not name an engine whose start was killed before it saved its state, or
    whose home was deleted while it ran. Such engines are found too.
    """
    if not hasattr(os, "getuid"):  # Windows, where no engine can run
        return
    flag = f"--state-dir={rootlesskit_dir}"
    for candidate in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if candidate.uids().real != os.getuid():
                continue
            if flag not in candidate.cmdline() or not _sees_our_files(candidate.pid):
                continue
            parent = candidate.parent()
            # RootlessKit's inner process has the same command line. Ending the outer one ends both.
            if parent is None or flag not in parent.cmdline():
                yield candidate


def _sees_our_files(pid: int) -> bool:
    """Whether the process shares our mount namespace, so that a path means the same to both."""
    try:
        return Path(f"/proc/{pid}/ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink()
    except OSError:
        return False
