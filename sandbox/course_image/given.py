"""Judges what a container of the course's image was given: flags, volume, kernel, architecture.

``ContainerGiven`` has the facts, and ``problem`` is a pure function of them, so that each missing
flag can be tested without a container.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox import process
from sandbox.engine import binfmt
from sandbox.engine.doctor import container_flags, surroundings
from sandbox.errors import HostError

VOLUME = Path("/data")
IMAGE = "buildkit-lab"
FLAGS = tuple(
    container_flags.OPTIONS["Docker"][name]
    for name in (
        container_flags.SECCOMP,
        container_flags.APPARMOR,
        container_flags.SYSTEM_PATHS,
        container_flags.TUN,
    )
)
RUN = f"docker run --rm -it -p 127.0.0.1:8888:8888 -v {IMAGE}:{VOLUME} {' '.join(FLAGS)} {IMAGE}"
"""The command that opens the course; README.md has the same one."""
MIN_KERNEL = (5, 11)
"""The first kernel with overlay mounts in user namespaces."""
NEEDED_IDS = 100_000 + 65_536
"""The end of the subordinate ids of the user ``lab``; the Dockerfile has the same range."""
EMULATORS = re.compile(r"(?:^|/)(?:qemu-|rosetta)")
_OVERLAY = (
    f"probe=$(mktemp -d {VOLUME}/.probe-XXXXXX) && cd $probe && mkdir lower upper work merged && "
    "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work,userxattr overlay merged; "
    # As root of the namespace, because the kernel leaves a folder there that nobody may enter.
    "code=$?; umount merged; cd /; rm -rf $probe; exit $code"
)


@dataclass(frozen=True, slots=True)
class ContainerGiven:
    """What a container was given.

    Args:
        is_volume: Whether a volume or a folder of the host is mounted at ``VOLUME``.
        file_system: The type of the file system at ``VOLUME``, as ``ext4``.
        overlay: Whether the kernel makes an overlay mount there in a user namespace.
        namespaces: Whether the user may make user and mount namespaces.
        apparmor: The AppArmor profile of this process; empty: none.
        masked: Whether parts of /proc are hidden.
        no_new_privileges: Whether file capabilities have no effect.
        tun: Whether there is a device /dev/net/tun.
        ids: How many user ids this container has; fewer than all in a rootless engine.
        kernel: The kernel's version.
        emulator: The program that runs this architecture's programs; empty: the processor does.
        architecture: The image's architecture, as docker writes it.
    """

    is_volume: bool
    file_system: str
    overlay: bool
    namespaces: bool
    apparmor: str
    masked: bool
    no_new_privileges: bool
    tun: bool
    ids: int
    kernel: str
    emulator: str
    architecture: str


def problem(given: ContainerGiven) -> HostError | None:
    """The first thing that keeps this container from working; None: nothing does."""
    return next(_problems(given), None)


def _problems(given: ContainerGiven) -> Iterator[HostError]:
    if given.emulator:
        other = {"amd64": "arm64", "arm64": "amd64"}[given.architecture]
        yield HostError(
            f"This image is for {given.architecture}, but this machine has another processor: "
            f"{given.emulator} would run every program.",
            next_step=f"load the image for this machine: docker load -i {IMAGE}-{other}.tar",
        )
    if surroundings.version(given.kernel) < MIN_KERNEL:
        yield HostError(
            f"The kernel {given.kernel} is too old: the engine needs overlay mounts in user "
            f"namespaces, which Linux {'.'.join(map(str, MIN_KERNEL))} brought.",
            next_step="boot a newer kernel; in WSL 2: wsl --update",
        )
    if not given.is_volume:
        yield _again(f"No volume is mounted at {VOLUME}, so your work would be lost")
    if not given.tun:
        yield _again(
            "The device /dev/net/tun is missing", FLAGS[3], "as root on the host: modprobe tun"
        )
    if given.no_new_privileges:
        yield _again("--security-opt no-new-privileges is set, so newuidmap cannot work")
    if given.apparmor:
        yield _again(f"AppArmor confines this container ({given.apparmor})", FLAGS[1])
    if not given.namespaces:
        yield _again("This container may not make user namespaces", FLAGS[0])
    if given.ids < NEEDED_IDS:
        yield HostError(
            f"This container has {given.ids} user ids, as in rootless Docker or podman; the engine "
            f"in it needs {NEEDED_IDS}.",
            next_step="on the host: sudo usermod --add-subuids 200000-399999 --add-subgids "
            "200000-399999 $USER, then restart the container engine (podman system migrate); or "
            "use a container engine that runs as root",
        )
    if given.masked:
        yield _again("Parts of /proc are hidden from this container", FLAGS[2])
    if not given.overlay:
        yield HostError(
            f"The file system {given.file_system} at {VOLUME} cannot hold the engine's data: "
            "an overlay mount failed there.",
            next_step=f"use a named volume in place of a folder of the host: {RUN}",
        )


def _again(what: str, flag: str = "", otherwise: str = "") -> HostError:
    missing = f": the flag {flag} is missing" if flag else ""
    fix = f"run: {RUN}" + (f" (if docker then refuses it, {otherwise})" if otherwise else "")
    return HostError(f"{what}{missing}.", next_step=fix)


def examine() -> ContainerGiven:
    """Look at this container; runs as the ordinary user."""
    around = surroundings.read()
    mounts = surroundings.read_text("/proc/self/mounts") or ""
    return ContainerGiven(
        is_volume=os.path.ismount(VOLUME),
        file_system=surroundings.file_system(VOLUME, mounts),
        overlay=_in_namespaces(_OVERLAY),
        namespaces=_in_namespaces("true"),
        apparmor=around.apparmor,
        masked=around.has_masked_proc,
        no_new_privileges=around.has_no_new_privileges,
        tun=Path("/dev/net/tun").exists(),
        ids=mapped_ids(surroundings.read_text("/proc/self/uid_map") or ""),
        kernel=around.kernel,
        emulator=emulator(surroundings.read_text("/proc/1/cmdline") or ""),
        architecture=binfmt.native().docker,
    )


def mapped_ids(uid_map: str) -> int:
    """How many user ids a container has, from the text of its uid_map."""
    return sum(int(line.split()[2]) for line in uid_map.splitlines())


def emulator(command_line: str) -> str:
    """The emulator in the command line of another process.

    QEMU shows a process its own command line without QEMU, but not those of other processes.
    """
    program = command_line.partition("\0")[0]
    return program if EMULATORS.search(program) else ""


def _in_namespaces(script: str) -> bool:
    argv = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script)
    return process.run(argv, check=False).ok
