"""Which process the engine is and how it was started, kept in ``home/engine.json``."""

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
        pid: Of RootlessKit's outer process, as this machine sees it.
        started: ``birth`` of that process: a process id alone may have been given to another.
        port: Of the registry, on 127.0.0.1.
        online: Whether builds reach the world.
        rootfs: The tree it runs in.
        limits: As asked for.
        fence: How they are enforced.
    """

    pid: int
    started: str
    port: int
    online: bool
    rootfs: Path
    limits: Limits
    fence: Fence

    @property
    def process(self) -> psutil.Process | None:
        """The engine's outer process, None when it has ended."""
        with contextlib.suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.pid)
            if birth(self.pid) == self.started and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    def with_online(self, online: bool) -> EngineState:
        return replace(self, online=online)

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        atomic.write_text(path, json.dumps(asdict(self), default=str, indent=1))


def birth(pid: int) -> str | None:
    """When a process began, in clock ticks since this boot; None when it has ended.

    Not a time of day, as psutil's: that moves when the machine's clock is set.
    Source: proc_pid_stat(5), field 22.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The second field, a name in parentheses, may hold anything; the third begins behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return f"{boot}/{fields[19]}"


def load(path: Path) -> EngineState | None:
    """The state kept at ``path``; None when there is none, or none that this version can read."""
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
        )
    except (OSError, ValueError, KeyError, TypeError):
        # A file cut short or of another version: the engine is then found by its folder.
        return None


def engines_in(rootlesskit_dir: Path) -> Iterator[psutil.Process]:
    """Outer engine processes whose state folder is exactly this one, known or forgotten.

    They are left over when a start was killed before it wrote its state, or when the home
    was deleted under a running engine.
    """
    if not hasattr(os, "getuid"):  # Windows, where none can be
        return
    flag = f"--state-dir={rootlesskit_dir}"
    for candidate in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if candidate.uids().real != os.getuid():
                continue
            if flag not in candidate.cmdline() or not _sees_our_files(candidate.pid):
                continue
            parent = candidate.parent()
            # RootlessKit's inner process has the same command line; the outer one ends both.
            if parent is None or flag not in parent.cmdline():
                yield candidate


def _sees_our_files(pid: int) -> bool:
    """Whether a path means the same to that process: it is in this one's mount namespace."""
    try:
        return Path(f"/proc/{pid}/ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink()
    except OSError:
        return False
