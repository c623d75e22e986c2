"""The preconditions that files, programs and devices tell, each with its fix."""

from __future__ import annotations

import errno
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from sandbox import process
from sandbox.engine import limits, network, rootfs
from sandbox.engine.doctor import surroundings
from sandbox.engine.doctor.container_flags import OPTIONS
from sandbox.engine.doctor.container_flags import TUN as TUN_FLAG
from sandbox.engine.doctor.diagnosis import Diagnosis
from sandbox.engine.doctor.namespace_probes import WSL_UPDATE
from sandbox.engine.doctor.surroundings import Surroundings
from sandbox.engine.paths import Paths
from sandbox.errors import SandboxError

PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "rootlesskit": "rootlesskit",
    "slirp4netns": "slirp4netns",
    "newuidmap": "uidmap",
    # Every Linux machine has these two, but the image of a container may lack them.
    "ip": "iproute2",
    "mount": "mount",
}
"""Required programs: program → Debian package."""
EXTRAS = {"dot": "graphviz", "ssh-agent": "openssh-client"}
"""Optional programs: program → Debian package. Only pictures and clones over ssh need them."""
MIN_KERNEL = (5, 11)
"""Since this version a user namespace can mount overlay file systems.
Source: docs.docker.com, rootless mode.
"""
TUN = Path("/dev/net/tun")
SUBORDINATE_IDS = 65536
SPARE_BYTES = 500_000_000
"""Free disk that builds need once the engine is set up."""


def of_namespaces(around: Surroundings) -> tuple[Diagnosis, ...]:
    """What a user namespace needs, apart from programs."""
    return (
        system(),
        kernel(around),
        user_namespaces(around),
        subordinate("/etc/subuid", "--add-subuids"),
        subordinate("/etc/subgid", "--add-subgids"),
    )


def others(paths: Paths, around: Surroundings) -> tuple[Diagnosis, ...]:
    """What the engine needs beside namespaces and programs."""
    return (
        tun(around),
        cgroup(),
        disk("home", paths.home, SPARE_BYTES),
        disk("cache", paths.cache, _set_up_bytes(paths)),
        socket_path(paths),
        port(),
    )


def system() -> Diagnosis:
    """The operating system."""
    name = platform.system()
    return Diagnosis(
        "operating system",
        name == "Linux",
        name,
        "" if name == "Linux" else "run it in a Linux virtual machine, such as WSL 2 or Lima",
    )


def kernel(around: Surroundings) -> Diagnosis:
    """Whether the kernel allows overlay mounts in user namespaces."""
    ok = surroundings.version(around.kernel) >= MIN_KERNEL
    newer = f"boot kernel {'.'.join(map(str, MIN_KERNEL))} or later"
    fix = WSL_UPDATE if around.is_wsl else newer
    return Diagnosis("kernel", ok, around.kernel, "" if ok else fix)


def user_namespaces(around: Surroundings) -> Diagnosis:
    """The kernel's switches for user namespaces."""
    name = "user namespaces"
    limit = surroundings.read_text("/proc/sys/user/max_user_namespaces")
    if limit in (None, "0"):
        return Diagnosis(
            name, False, "switched off", "as root: sysctl -w user.max_user_namespaces=28633"
        )
    only_root = surroundings.read_text("/proc/sys/kernel/unprivileged_userns_clone") == "0"
    if only_root and not around.is_root:
        return Diagnosis(
            name, False, "root only", "as root: sysctl -w kernel.unprivileged_userns_clone=1"
        )
    return Diagnosis(name, True, f"up to {limit}")


def subordinate(file: str, option: str) -> Diagnosis:
    """A range of subordinate ids for this user."""
    user = psutil.Process().username()
    name = f"subordinate ids ({file})"
    for line in (surroundings.read_text(file) or "").splitlines():
        owner, _, rest = line.partition(":")
        _, _, count = rest.partition(":")
        mine = owner in (user, str(os.getuid()))
        if mine and count.isdigit() and int(count) >= SUBORDINATE_IDS:
            return Diagnosis(name, True, line)
    return Diagnosis(
        name,
        False,
        f"no range of {SUBORDINATE_IDS} for {user}",
        f"as root: usermod {option} 100000-165535 {user} (`make setup` does it for root)",
    )


def tun(around: Surroundings) -> Diagnosis:
    """The device of the sandbox's network, opened."""
    name = str(TUN)
    modprobe = "as root: modprobe tun, or give the container the device /dev/net/tun"
    try:
        os.close(os.open(TUN, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        return Diagnosis(name, False, "missing", _device(around) or modprobe)
    except OSError as error:
        if error.errno == errno.EACCES:
            fix = "as root: chmod 0666 /dev/net/tun"
            return Diagnosis(name, False, "this user may not open it", fix)
        found = f"does not open: {error.strerror}"
        return Diagnosis(name, False, found, _device(around) or modprobe)
    return Diagnosis(name, True, "opens")


def _device(around: Surroundings) -> str:
    """How a container gets the device; empty: this is no container."""
    if not around.container:
        return ""
    return f"start the container with {OPTIONS[around.container][TUN_FLAG]}"


def cgroup() -> Diagnosis:
    """A cgroup for limits on memory, processes and CPU."""
    kind = limits.kind_available()
    if kind != "none":
        return Diagnosis("limits", True, kind, required=False)
    fix = "run as root, or in a systemd user session; the sandbox works without limits"
    return Diagnosis("limits", False, "this user may not create a cgroup", fix, required=False)


def _set_up_bytes(paths: Paths) -> int:
    return SPARE_BYTES if os.path.isdir(rootfs.path(paths)) else rootfs.DISK_BYTES


def disk(which: str, folder: Path, need_bytes: int) -> Diagnosis:
    """Free disk where a folder is or will be."""
    # os.path.exists, because this user may not be allowed to enter an outer folder.
    there = next(parent for parent in (folder, *folder.parents) if os.path.exists(parent))
    free = shutil.disk_usage(there).free
    ok = free >= need_bytes
    variable = f"BUILDKIT_LAB_{which.upper()}"
    need = f"{need_bytes / 1e9:.1f} GB"
    fix = "" if ok else f"free disk space until {need} are free, or set {variable} to a larger disk"
    return Diagnosis(f"disk ({which})", ok, f"{free / 1e9:.1f} GB free at {folder}", fix)


def socket_path(paths: Paths) -> Diagnosis:
    """The length of the home's path."""
    spare = paths.spare_socket_bytes
    fix = "" if spare >= 0 else "set BUILDKIT_LAB_HOME to a shorter path"
    return Diagnosis("length of paths", spare >= 0, str(paths.home), fix)


def port() -> Diagnosis:
    """A free port for the registry."""
    try:
        number = network.free_port(None, None)
    except SandboxError as error:
        return Diagnosis("port", False, error.message, error.next_step)
    return Diagnosis("port", True, f"{number} is free")


def programs() -> Iterator[Diagnosis]:
    """The programs that the lab starts."""
    for program, package in {**PROGRAMS, **EXTRAS}.items():
        found = shutil.which(program, path=process.search_path())
        fix = "" if found else f"make setup, or: sudo apt-get install {package}"
        yield Diagnosis(
            program, bool(found), found or "not installed", fix, required=program in PROGRAMS
        )
