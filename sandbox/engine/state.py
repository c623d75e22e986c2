"""The engine's process and its start options, kept in ``home/engine.json``."""

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
        started: ``birth`` of that process, because the system reuses process ids.
        port: Of the registry, on 127.0.0.1.
        online: Whether builds reach the world.
        rootfs: The root file system it runs in.
        limits: The requested limits.
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
        """The engine's outer process; None when it has ended."""
        with contextlib.suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.pid)
            if birth(self.pid) == self.started and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    def with_online(self, online: bool) -> EngineState:
        return replace(self, online=online)

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        atomic.write_text(path, json.dumps(asdict(self), default=str, indent=1))


def birth(pid: int) -> str | None:
    """When a process began, in clock ticks since this boot; None when it has ended.

    Not a time of day as in psutil, which changes when the machine's clock is set.
    Source: proc_pid_stat(5), field 22.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The second field, a name in parentheses, may hold any character; split behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return f"{boot}/{fields[19]}"


def load(path: Path) -> EngineState | None:
    """The state in the file; None when there is none that this version can read."""
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
        # Cut short, or written by another version: the engine is then found by its folder.
        return None


def engines_in(rootlesskit_dir: Path) -> Iterator[psutil.Process]:
    """Outer engine processes with this state folder, also those without a state file.

    Those are left when a start is killed before it writes its state, or when the home is
    deleted under a running engine.
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
            # RootlessKit's inner process has the same command line; ending the outer ends both.
            if parent is None or flag not in parent.cmdline():
                yield candidate


def _sees_our_files(pid: int) -> bool:
    """Whether that process is in this one's mount namespace, where paths mean the same."""
    try:
        return Path(f"/proc/{pid}/ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink()
    except OSError:
        return False
