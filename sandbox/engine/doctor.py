"""Checks the preconditions of a sandbox on this machine, and names a fix for each missing one."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox import process
from sandbox.engine import limits, network, rootfs
from sandbox.engine.paths import Paths
from sandbox.errors import HostError, SandboxError

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
BINFMT_KERNEL = (6, 7)
"""Since this version a user namespace has its own binfmt_misc."""
SUBORDINATE_IDS = 65536
SPARE_BYTES = 500_000_000
"""Free disk that builds need once the engine is set up."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of checking one precondition.

    Args:
        name: The precondition.
        ok: Whether this machine meets it.
        found: The relevant property of this machine.
        fix: The command or advice that solves the problem; empty if ``ok``.
        required: Whether a sandbox needs it to run. Otherwise only some lessons do.
    """

    name: str
    ok: bool
    found: str
    fix: str = ""
    required: bool = True


def examine(paths: Paths) -> tuple[Diagnosis, ...]:
    """Check every precondition, without changing anything."""
    if platform.system() != "Linux":
        return (_system(),)
    checks: tuple[Callable[[], Diagnosis], ...] = (
        _system,
        _kernel,
        _user_namespaces,
        lambda: _subordinate("/etc/subuid", "--add-subuids"),
        lambda: _subordinate("/etc/subgid", "--add-subgids"),
        _tun,
        _binfmt,
        _cgroup,
        lambda: _disk("home", paths.home, SPARE_BYTES),
        lambda: _disk("cache", paths.cache, _set_up_bytes(paths)),
        lambda: _socket_path(paths),
        _port,
    )
    return (*(check() for check in checks), *_programs())


def require(paths: Paths, port: int | None = None) -> None:
    """Raise an error for the first required precondition that this machine does not meet.

    Args:
        port: The port that the caller chose for the registry; no other needs to be free then.
            None: the caller chose none.

    Raises:
        HostError: A precondition is not met; the error names the fix.
    """
    for finding in examine(paths):
        if port is not None and finding.name == "port":
            continue
        if finding.required and not finding.ok:
            raise HostError(
                f"This machine cannot host a sandbox yet: {finding.name}: {finding.found}.",
                next_step=finding.fix,
            )


def _system() -> Diagnosis:
    system = platform.system()
    return Diagnosis(
        "operating system",
        system == "Linux",
        system,
        "" if system == "Linux" else "run it in a Linux virtual machine, such as WSL 2 or Lima",
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _kernel() -> Diagnosis:
    release = platform.release()
    ok = _version(release) >= MIN_KERNEL
    need = ".".join(map(str, MIN_KERNEL))
    return Diagnosis("kernel", ok, release, "" if ok else f"boot kernel {need} or later")


def _user_namespaces() -> Diagnosis:
    name = "user namespaces"
    limit = _read("/proc/sys/user/max_user_namespaces")
    if limit in (None, "0"):
        return Diagnosis(
            name, False, "switched off", "as root: sysctl -w user.max_user_namespaces=28633"
        )
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0" and os.geteuid():
        return Diagnosis(
            name, False, "root only", "as root: sysctl -w kernel.unprivileged_userns_clone=1"
        )
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid():
        fix = "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        return Diagnosis(name, False, "restricted by AppArmor", fix)
    return Diagnosis(name, True, f"up to {limit}")


def _subordinate(file: str, option: str) -> Diagnosis:
    user = psutil.Process().username()
    name = f"subordinate ids ({file})"
    for line in (_read(file) or "").splitlines():
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


def _tun() -> Diagnosis:
    device = Path("/dev/net/tun")
    if not device.exists():
        fix = "as root: modprobe tun, or give the container the device /dev/net/tun"
        return Diagnosis("/dev/net/tun", False, "missing", fix)
    ok = os.access(device, os.R_OK | os.W_OK)
    found = "usable" if ok else "this user may not open it"
    return Diagnosis("/dev/net/tun", ok, found, "" if ok else "as root: chmod 0666 /dev/net/tun")


def _binfmt() -> Diagnosis:
    name = "emulation (binfmt_misc)"
    known = "binfmt_misc" in (_read("/proc/filesystems") or "")
    new = _version(platform.release()) >= BINFMT_KERNEL
    if known and new:
        found = "QEMU can be registered for the sandbox alone"
        return Diagnosis(name, True, found, required=False)
    found = "this kernel has no binfmt_misc" if not known else f"kernel {platform.release()}"
    fix = (
        "as root: modprobe binfmt_misc"
        if not known
        else "multi-platform lessons need kernel 6.7 or later; the other lessons work"
    )
    return Diagnosis(name, False, found, fix, required=False)


def _cgroup() -> Diagnosis:
    kind = limits.kind_available()
    if kind != "none":
        return Diagnosis("limits", True, kind, required=False)
    fix = "run as root, or in a systemd user session; the sandbox works without limits"
    return Diagnosis("limits", False, "this user may not create a cgroup", fix, required=False)


def _set_up_bytes(paths: Paths) -> int:
    return SPARE_BYTES if os.path.isdir(rootfs.path(paths)) else rootfs.DISK_BYTES


def _disk(which: str, folder: Path, need_bytes: int) -> Diagnosis:
    # os.path.exists, because this user may not be allowed to enter an outer folder.
    there = next(parent for parent in (folder, *folder.parents) if os.path.exists(parent))
    free = shutil.disk_usage(there).free
    ok = free >= need_bytes
    variable = f"BUILDKIT_LAB_{which.upper()}"
    need = f"{need_bytes / 1e9:.1f} GB"
    fix = "" if ok else f"free disk space until {need} are free, or set {variable} to a larger disk"
    return Diagnosis(f"disk ({which})", ok, f"{free / 1e9:.1f} GB free at {folder}", fix)


def _socket_path(paths: Paths) -> Diagnosis:
    spare = paths.spare_socket_bytes
    fix = "" if spare >= 0 else "set BUILDKIT_LAB_HOME to a shorter path"
    return Diagnosis("length of paths", spare >= 0, str(paths.home), fix)


def _port() -> Diagnosis:
    try:
        port = network.free_port(None, None)
    except SandboxError as error:
        return Diagnosis("port", False, error.message, error.next_step)
    return Diagnosis("port", True, f"{port} is free")


def _programs() -> Iterator[Diagnosis]:
    for program, package in {**PROGRAMS, **EXTRAS}.items():
        found = shutil.which(program, path=process.search_path())
        fix = "" if found else f"make setup, or: sudo apt-get install {package}"
        yield Diagnosis(
            program, bool(found), found or "not installed", fix, required=program in PROGRAMS
        )


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
