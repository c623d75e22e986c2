"""What surrounds the sandbox: the kernel, a container, and what may forbid mounts."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

INITIAL_PID_NAMESPACE = 0xEFFFFFFC
"""The inode of the machine's own pid namespace. Source: Linux, include/linux/proc_ns.h."""
MARKERS = {"/.dockerenv": "Docker", "/run/.containerenv": "podman"}
"""File at a container's root → the engine that leaves it there."""

MASKED = ("/proc/kcore", "/proc/keys", "/proc/sysrq-trigger", "/proc/timer_list")
"""Files that a container engine hides. Source: the OCI runtime specification, maskedPaths."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Facts about this machine that explain why the kernel refuses something.

    Args:
        is_root: Whether this user is root (of the machine or of the container).
        container: The container engine, as ``Docker``; empty: this is no container.
        kernel: The kernel's release, as ``uname -r`` prints it.
        has_seccomp: Whether a seccomp filter checks the system calls of this process.
        has_no_new_privileges: Whether programs with the setuid bit get no privileges.
        apparmor: The AppArmor profile of this process; empty: unconfined, or no AppArmor.
        restricts_namespaces: Whether AppArmor restricts user namespaces of ordinary users.
        has_masked_proc: Whether parts of /proc are hidden, as a container engine does it.
    """

    is_root: bool
    container: str
    kernel: str
    has_seccomp: bool
    has_no_new_privileges: bool
    apparmor: str
    restricts_namespaces: bool
    has_masked_proc: bool

    @property
    def is_wsl(self) -> bool:
        return "microsoft" in self.kernel.lower()


def read_text(path: str) -> str | None:
    """The text of a file without spaces around it; None: it cannot be read."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None


def version(release: str) -> tuple[int, ...]:
    """Major and minor number of a kernel's release."""
    return tuple(int(part) for part in re.findall(r"\d+", release)[:2])


def read(
    text: Callable[[str], str | None] = read_text, env: Mapping[str, str] = os.environ
) -> Surroundings:
    """Read the facts about this process and this machine.

    Args:
        text: Reads a file; None: the file cannot be read.
        env: The environment variables.
    """
    status = text("/proc/self/status") or ""
    mounts = text("/proc/self/mounts") or ""
    label = (text("/proc/self/attr/current") or "").strip("\0\n")
    restricted = text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    return Surroundings(
        is_root=os.geteuid() == 0,
        container=_container(text, env),
        kernel=platform.release(),
        has_seccomp=re.search(r"(?m)^Seccomp:\s*2", status) is not None,
        has_no_new_privileges=re.search(r"(?m)^NoNewPrivs:\s*1", status) is not None,
        apparmor="" if label.startswith("unconfined") else label.split(" ")[0],
        restricts_namespaces=restricted == "1",
        has_masked_proc=any(f" {path} " in mounts for path in MASKED),
    )


def _container(text: Callable[[str], str | None], env: Mapping[str, str]) -> str:
    try:
        own = os.stat("/proc/self/ns/pid").st_ino != INITIAL_PID_NAMESPACE
    except OSError:
        own = True
    # A virtual machine whose disk was made from an image has the marker too.
    if not own:
        return ""
    for marker, engine in MARKERS.items():
        if text(marker) is not None:
            return engine
    return "Kubernetes" if "KUBERNETES_SERVICE_HOST" in env else ""


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system that a folder is on, as ``ext4``.

    Args:
        folder: An absolute path.
        mounts: The text of /proc/self/mounts.
    """
    best = ("", "unknown")
    for line in mounts.splitlines():
        _, point, kind, *_ = (*line.split(" "), "", "", "")
        point = point.replace("\\040", " ")
        if folder.is_relative_to(point or "/-") and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]
