"""Limits on memory, processes and CPU for the sandbox as a whole.

For root, the limits are set on a new cgroup, version 1 or 2. For other users, systemd sets them on
a user scope, provided that the user has a service manager. Otherwise the sandbox runs without
limits, and ``doctor`` says so.

Source: Linux, Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst; systemd.resource-control(5).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.errors import UsageError

CGROUP = Path("/sys/fs/cgroup")
V1_CONTROLLERS = ("memory", "pids", "cpu")
CPU_PERIOD_US = 100_000
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
DEFAULT_MEMORY_BYTES = 4 << 30
DEFAULT_PIDS = 4096
REMOVE_WAIT_S = 2.0
MIN_MEMORY_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The resources that the whole sandbox may use.

    Args:
        memory_bytes: The memory of all processes together.
        cpus: The number of cores, possibly a fraction. None: all cores.
        pids: The number of processes and threads.
    """

    memory_bytes: int
    cpus: float | None
    pids: int

    @staticmethod
    def of(memory: str | None = None, cpus: float | None = None, pids: int | None = None) -> Limits:
        """Limits from the values of a command line.

        Args:
            memory: A size such as ``4g``; None: 4 GiB, or 3/4 of this machine's memory if less.
            cpus: The number of cores; None: all cores.
            pids: The number of processes; None: 4096.

        Raises:
            UsageError: A value is too small for an engine, or not a size.
        """
        total = psutil.virtual_memory().total
        size = min(DEFAULT_MEMORY_BYTES, total * 3 // 4) if memory is None else parse_size(memory)
        if size < MIN_MEMORY_BYTES:
            raise UsageError(
                f"{size / (1 << 20):.0f} MiB of memory is too little for an engine.",
                next_step="give --memory at least 512m",
            )
        if cpus is not None and not 0.1 <= cpus <= 4096:
            raise UsageError(
                f"{cpus:g} is not a valid number of cores.", next_step="give --cpus 0.1 or more"
            )
        if pids is not None and pids < 256:
            raise UsageError(
                f"{pids} processes are too few for an engine.", next_step="give --pids 256 or more"
            )
        return Limits(size, cpus, DEFAULT_PIDS if pids is None else pids)


def parse_size(text: str) -> int:
    """The number of bytes of a size in Docker's notation: ``512m``, ``4g``, ``1.5g``.

    Raises:
        UsageError: The text is not a size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is not a size.", next_step="write it as 512m or 4g")
    return int(float(match[1]) * UNITS[match[2]])


@dataclass(frozen=True, slots=True)
class Fence:
    """The mechanism that enforces the limits on this machine.

    Args:
        kind: ``cgroup v1``, ``cgroup v2``, ``systemd scope`` or ``none``.
        folders: The cgroups created for the engine; ``remove`` removes them.
        prefix: Words to put before the engine's command line.
    """

    kind: str
    folders: tuple[Path, ...] = ()
    prefix: tuple[str, ...] = ()

    def remove(self) -> None:
        """Remove the cgroups of an engine that has ended, as far as they still exist."""
        for folder in self.folders:
            # A killed process stays in its cgroup until the kernel has removed the process.
            give_up = time.monotonic() + REMOVE_WAIT_S
            while folder.exists() and not _removed(folder) and time.monotonic() < give_up:
                time.sleep(0.02)


def _removed(folder: Path) -> bool:
    try:
        for child in sorted(folder.rglob("*"), reverse=True):
            if child.is_dir():
                child.rmdir()
        folder.rmdir()
    except OSError:
        return False
    return True


def fence(name: str, limits: Limits) -> Fence:
    """Prepare a cgroup or a systemd scope called ``name`` with these limits.

    A limit that this machine cannot enforce is left out.
    """
    for make in (_cgroup_v2, _cgroup_v1):
        try:
            made = make(name, limits)
        except OSError:  # this user may not write there, or a controller is missing
            made = None
        if made is not None:
            return made
    return _systemd(name, limits) or Fence("none")


def kind_available() -> str:
    """The ``Fence.kind`` that ``fence`` would use on this machine."""
    probe = fence(f"buildkit-lab-probe-{os.getpid()}", Limits.of())
    probe.remove()
    return probe.kind


def _cgroup_v2(name: str, limits: Limits) -> Fence | None:
    controllers = CGROUP / "cgroup.controllers"
    if not controllers.exists() or not {"memory", "pids"} <= set(controllers.read_text().split()):
        return None
    with contextlib.suppress(OSError):
        (CGROUP / "cgroup.subtree_control").write_text("+memory +pids +cpu")
    folder = CGROUP / name
    folder.mkdir(exist_ok=True)
    made = Fence("cgroup v2", (folder,), _joining(folder))
    try:
        (folder / "memory.max").write_text(str(limits.memory_bytes))
        (folder / "pids.max").write_text(str(limits.pids))
        # Written even without a limit, because the folder may come from an earlier engine. If the
        # cpu controller is missing, memory and processes are limited all the same.
        quota = "max" if limits.cpus is None else str(int(limits.cpus * CPU_PERIOD_US))
        if limits.cpus is not None or (folder / "cpu.max").exists():
            (folder / "cpu.max").write_text(f"{quota} {CPU_PERIOD_US}")
    except OSError:
        made.remove()
        raise
    return made


def _cgroup_v1(name: str, limits: Limits) -> Fence | None:
    if not all((CGROUP / controller / "cgroup.procs").exists() for controller in V1_CONTROLLERS):
        return None
    folders = {controller: CGROUP / controller / name for controller in V1_CONTROLLERS}
    made = Fence("cgroup v1", tuple(folders.values()), _joining(*folders.values()))
    try:
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        (folders["memory"] / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
        (folders["pids"] / "pids.max").write_text(str(limits.pids))
        # Written even without a limit, because the folder may come from an earlier engine.
        quota_us = -1 if limits.cpus is None else int(limits.cpus * CPU_PERIOD_US)
        (folders["cpu"] / "cpu.cfs_period_us").write_text(str(CPU_PERIOD_US))
        (folders["cpu"] / "cpu.cfs_quota_us").write_text(str(quota_us))
    except OSError:
        made.remove()
        raise
    return made


def _joining(*folders: Path) -> tuple[str, ...]:
    """A command prefix: enters the cgroups, then executes the command that follows."""
    script = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'
    return ("sh", "-c", script, "sh", *(str(folder) for folder in folders), "--")


def _systemd(name: str, limits: Limits) -> Fence | None:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    program = shutil.which("systemd-run")
    if program is None or not (Path(runtime) / "systemd" / "private").exists():
        return None
    properties: Sequence[str] = (
        f"MemoryMax={limits.memory_bytes}",
        f"TasksMax={limits.pids}",
        *([f"CPUQuota={limits.cpus * 100:.0f}%"] if limits.cpus is not None else []),
    )
    options = [option for text in properties for option in ("-p", text)]
    argv = (program, "--user", "--scope", "--quiet", "--collect", f"--unit={name}", *options, "--")
    return Fence("systemd scope", (), argv)
