"""The versions, settings and resource use of a running sandbox."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import Any

import psutil

from sandbox.engine import binfmt, package_files, rootfs, rootless
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState
from sandbox.errors import EngineError

DISK_TRIES = 5
"""How often the engine is asked for its disk use, at once after an answer that is an error."""


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """The measured state of a running sandbox.

    Args:
        versions: The versions of ``engine``, ``buildx``, ``containerd``, ``runc``, ``registry``
            and ``qemu``; for ``dockerfile``, a description of the front end.
        platforms: The platforms that builds can run on.
        registry: The registry's address, ``localhost:PORT``.
        network: ``offline`` or ``online``.
        packages: How fast the package indexes answer, in words.
        limits: The enforced limits and the mechanism, in words.
        memory_bytes: The resident memory of all processes of the sandbox.
        disk_bytes: The disk use of ``images``, ``build cache`` and ``registry``.
        disk_free_bytes: The free space on the disk of the home.
        pid: The process id of the outermost process.
        home: The sandbox's home folder.
    """

    versions: dict[str, str]
    platforms: tuple[str, ...]
    registry: str
    network: str
    packages: str
    limits: str
    memory_bytes: int
    disk_bytes: dict[str, int]
    disk_free_bytes: int
    pid: int
    home: str


def measure(paths: Paths, state: EngineState, buildx_version: str) -> SandboxStatus:
    """Measure the engine, its processes and its disk.

    Raises:
        EngineError: The engine does not answer, or cannot measure its disk.
    """
    version = rootless.ask(paths, "/version")
    parts = {part["Name"]: part["Version"] for part in version["Components"]}
    usage = _disk_use(paths)
    own = rootfs.versions(state.rootfs)
    return SandboxStatus(
        versions={
            "engine": version["Version"],
            "buildx": buildx_version,
            # Debian's engine does not report the version of its BuildKit.
            "dockerfile": "built into the engine (dockerfile.v0); docker/dockerfile forwards to it",
            "containerd": parts.get("containerd", "?"),
            "runc": parts.get("runc", "?"),
            "registry": own.get("registry", "?"),
            "qemu": own.get("qemu", "?"),
        },
        platforms=_platforms(state),
        registry=f"localhost:{state.port}",
        network="online" if state.online else "offline",
        packages=str(package_files.pace(paths)),
        limits=_limits(state),
        memory_bytes=resident_bytes(state),
        disk_bytes={
            "images": usage.get("LayersSize") or 0,
            "build cache": sum(record["Size"] for record in usage["BuildCache"] or ()),
            "registry": sum(f.stat().st_size for f in paths.registry.rglob("*") if f.is_file()),
        },
        disk_free_bytes=shutil.disk_usage(paths.home).free,
        pid=state.pid,
        home=str(paths.home),
    )


def _disk_use(paths: Paths) -> dict[str, Any]:
    """The engine's report of the disk that its images and its build cache use.

    The engine answers with an error if a snapshot that it measures is removed meanwhile, as it is
    at the end of every build.
    """
    for _ in range(DISK_TRIES):
        usage: dict[str, Any] = rootless.ask(paths, "/system/df", timeout_s=60)
        if "BuildCache" in usage:
            return usage
    raise EngineError(
        f"The engine cannot measure its disk: {usage.get('message')}.",
        next_step="repeat the command when no build runs",
        log_path=paths.logs / "dockerd.log",
    )


def resident_bytes(state: EngineState) -> int:
    """The sum of the resident memory of all the sandbox's processes."""
    engine = state.process
    if engine is None:
        return 0
    total = 0
    for member in (engine, *engine.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return total


def _platforms(state: EngineState) -> tuple[str, ...]:
    native = f"linux/{binfmt.native().docker}"
    found = rootless.inside(state, ("test", "-e", binfmt.foreign().entry), check=False)
    return (native, f"linux/{binfmt.foreign().docker}") if found.ok else (native,)


def _limits(state: EngineState) -> str:
    if state.fence.kind == "none":
        return "none: this user may not create a cgroup on this machine"
    cpus = "all CPUs" if state.limits.cpus is None else f"{state.limits.cpus:g} CPUs"
    memory = f"{state.limits.memory_bytes / (1 << 30):.1f} GiB of memory"
    return f"{memory}, {cpus}, {state.limits.pids} processes ({state.fence.kind})"
