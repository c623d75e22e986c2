"""The options that a container needs so that the sandbox runs in it, and which are missing."""

from __future__ import annotations

import errno

from sandbox.engine.doctor.diagnosis import Diagnosis
from sandbox.engine.doctor.surroundings import Surroundings
from sandbox.engine.doctor.trial import Tried

SECCOMP, APPARMOR, SYSTEM_PATHS = "seccomp", "apparmor", "systempaths"
TUN, VOLUME, PRIVILEGES = "tun", "volume", "no-new-privileges"
_DOCKER = {
    SECCOMP: "--security-opt seccomp=unconfined",
    APPARMOR: "--security-opt apparmor=unconfined",
    SYSTEM_PATHS: "--security-opt systempaths=unconfined",
    TUN: "--device /dev/net/tun",
    VOLUME: "-v buildkit-lab:/data (and BUILDKIT_LAB_HOME in /data)",
}
OPTIONS = {
    "Docker": _DOCKER,
    "podman": {**_DOCKER, SYSTEM_PATHS: "--security-opt unmask=ALL"},
    "Kubernetes": {
        SECCOMP: "securityContext.seccompProfile.type: Unconfined",
        APPARMOR: "securityContext.appArmorProfile.type: Unconfined",
        SYSTEM_PATHS: "securityContext.procMount: Unmasked",
        TUN: "a device plugin for /dev/net/tun",
        VOLUME: "a volume for BUILDKIT_LAB_HOME",
    },
}
"""Container engine → what is missing → the option that adds it.
Source: docs.docker.com, docker run; podman-run(1); kubernetes.io, security context.
"""
CAPABILITIES = (
    "as root of the container: chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap && "
    "setcap cap_setuid+ep /usr/bin/newuidmap && setcap cap_setgid+ep /usr/bin/newgidmap"
)
"""In a container, programs with the setuid bit write an id map only with CAP_SYS_ADMIN."""


def missing(
    around: Surroundings, trial: Tried, *, has_tun: bool, has_volume: bool
) -> tuple[str, ...]:
    """What the container lacks, judged by what the kernel refused and by what may be the reason.

    If the namespaces could not be made, nothing was tried in them. Then everything that could
    refuse something there counts as missing, so that one restart of the container is enough.

    Args:
        around: The container.
        trial: What was tried in it.
        has_tun: Whether it has the device /dev/net/tun.
        has_volume: Whether the engine's data will lie on another file system than the container's
            own, on which overlay mounts fail.
    """
    refused = bool(trial.refusal)
    maps = refused and _is_map(trial.refusal)
    no_mounts = refused or trial.error("mount") != 0
    no_proc = refused or trial.error("proc") != 0
    found = {
        SECCOMP: around.has_seccomp and no_mounts and not maps,
        APPARMOR: bool(around.apparmor)
        and (refused or errno.EACCES in (trial.error("mount"), trial.error("overlay"))),
        SYSTEM_PATHS: around.has_masked_proc and no_proc,
        TUN: not has_tun,
        VOLUME: not has_volume,
        PRIVILEGES: around.has_no_new_privileges and refused,
    }
    return tuple(name for name, is_missing in found.items() if is_missing)


def judge(around: Surroundings, trial: Tried, *, has_tun: bool, has_volume: bool) -> Diagnosis:
    """Whether the container that this process runs in can host a sandbox."""
    names = missing(around, trial, has_tun=has_tun, has_volume=has_volume)
    # Without new privileges, neither a setuid bit nor a file capability has any effect.
    maps = bool(trial.refusal) and _is_map(trial.refusal) and PRIVILEGES not in names
    if not names and not maps:
        return Diagnosis("container", True, around.container)
    options = OPTIONS[around.container]
    steps = []
    if wanted := [options[name] for name in names if name in options]:
        steps.append(f"start the container with {' '.join(wanted)}")
    if PRIVILEGES in names:
        steps.append("start the container without --security-opt no-new-privileges")
    if maps:
        steps.append(CAPABILITIES)
    lacks = ", ".join((*names, *(("file capabilities of newuidmap",) if maps else ())))
    return Diagnosis("container", False, f"{around.container}; missing: {lacks}", "; ".join(steps))


def _is_map(refusal: str) -> bool:
    """Whether newuidmap or newgidmap could not write the map of ids."""
    return "uid_map failed" in refusal or "gid_map failed" in refusal
