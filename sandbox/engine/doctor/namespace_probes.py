"""Judges what was tried in a user namespace, each with the command that mends it."""

from __future__ import annotations

import errno
from pathlib import Path

from sandbox.engine.doctor.diagnosis import Diagnosis
from sandbox.engine.doctor.surroundings import Surroundings
from sandbox.engine.doctor.trial import Tried

PROFILED = Path("/usr/bin/rootlesskit")
"""The only path that Ubuntu's AppArmor profile allows to use user namespaces.
Source: Ubuntu 24.04, package apparmor, /etc/apparmor.d/rootlesskit.
"""
PROFILE = "/etc/apparmor.d/rootlesskit"
WSL_UPDATE = "in Windows: wsl --update, then wsl --shutdown"
EMULATED = "lessons 05 and 08, and exercises 14, 15 and 19"
"""What runs programs of the other architecture."""
READ_AGAIN = "run `rootlesskit true` to see the whole error"


def user_namespaces(around: Surroundings, trial: Tried, rootlesskit: Path) -> Diagnosis:
    """A user namespace with this user's subordinate ids, as newuidmap and newgidmap map them."""
    name = "namespaces"
    if not trial.refusal:
        return Diagnosis(name, True, "made, with the subordinate ids mapped")
    if "no space left on device" in trial.refusal:
        fix = "as root, outside of any container: sysctl -w user.max_user_namespaces=28633"
    elif around.container:
        fix = f"do what is said of the {around.container} container above, or {READ_AGAIN}"
    elif around.restricts_namespaces and not around.is_root:
        return Diagnosis(name, False, f"restricted by AppArmor: {trial.refusal}", _app(rootlesskit))
    elif around.has_no_new_privileges:
        fix = "start this shell without no_new_privs (a service's NoNewPrivileges=, a sandbox)"
    elif "uid_map failed" in trial.refusal or "gid_map failed" in trial.refusal:
        fix = "as root: chmod u+s /usr/bin/newuidmap /usr/bin/newgidmap"
    else:
        fix = READ_AGAIN
    return Diagnosis(name, False, trial.refusal, fix)


def _app(rootlesskit: Path) -> str:
    """How RootlessKit at this path gets the right to use user namespaces."""
    if rootlesskit != PROFILED:
        return (
            f"AppArmor allows {PROFILED} only, and this one is {rootlesskit}: "
            f"sudo apt-get install rootlesskit, and put {PROFILED.parent} first on PATH"
        )
    return (
        f"as root: apparmor_parser -r {PROFILE} (the package apparmor has this file), or "
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    )


def mounts(around: Surroundings, trial: Tried, rootlesskit: Path) -> Diagnosis:
    """Any mount in the namespaces, and /proc of a new pid namespace."""
    name = "mounts"
    for what in ("mount", "proc"):
        if trial.error(what) == 0:
            continue
        found = f"refused {'a tmpfs' if what == 'mount' else '/proc'}: {trial.says(what)}"
        if around.container:
            fix = f"do what is said of the {around.container} container above"
        elif what == "mount" and around.restricts_namespaces and not around.is_root:
            fix = _app(rootlesskit)
        elif what == "proc":
            fix = "as root: umount what `grep ' /proc/' /proc/self/mounts` shows"
        else:
            fix = "`journalctl -k` names the security module that forbids it"
        return Diagnosis(name, False, found, fix)
    return Diagnosis(name, True, "allowed in the namespaces")


def overlay(around: Surroundings, trial: Tried, home: Path, file_system: str) -> Diagnosis:
    """An overlay mount where the engine's data will lie."""
    name = "overlay mounts"
    if trial.error("overlay") == 0:
        return Diagnosis(name, True, f"work on {file_system} at {home}")
    found = f"refused on {file_system} at {home}: {trial.says('overlay')}"
    return Diagnosis(name, False, found, other_home(around))


def other_home(around: Surroundings) -> str:
    """How the engine's data comes to lie somewhere else."""
    if around.container:
        return (
            "use a named volume: start the container with -v buildkit-lab:/data, and set "
            "BUILDKIT_LAB_HOME to a folder in it, such as /data/home"
        )
    return "set BUILDKIT_LAB_HOME to a folder on a local disk with ext4, xfs or btrfs"


def emulation(around: Surroundings, trial: Tried) -> Diagnosis:
    """The kernel's binfmt_misc, in a user namespace of its own."""
    name = "emulation (binfmt_misc)"
    failed = trial.error("binfmt_misc")
    if failed == 0:
        found = "QEMU can be registered for the sandbox alone"
        return Diagnosis(name, True, found, required=False)
    need = f"{EMULATED} need this; the others work"
    if failed in (errno.ENODEV, errno.ENOENT):
        found = "this kernel has not loaded binfmt_misc"
        mend = "as root: modprobe binfmt_misc"
    else:
        found = f"kernel {around.kernel} has one for all users only: {trial.says('binfmt_misc')}"
        mend = "boot kernel 6.7 or later"
    fix = f"{WSL_UPDATE if around.is_wsl else mend}; {need}"
    return Diagnosis(name, False, found, fix, required=False)


def firewall(around: Surroundings, trial: Tried) -> Diagnosis:
    """Packet filters in a network namespace, by nf_tables or by the older iptables."""
    name = "firewall"
    if trial.error("network"):
        found = f"no network namespace: {trial.says('network')}"
        fix = "as root, outside of any container: sysctl -w user.max_net_namespaces=28633"
        return Diagnosis(name, False, found, fix)
    for kind, found in (("nf_tables", "nf_tables"), ("legacy_tables", "legacy iptables")):
        if trial.error(kind) == 0:
            return Diagnosis(name, True, found)
    modprobe = "as root, outside of any container: modprobe -a nf_tables nft_chain_nat nft_compat"
    return Diagnosis(
        name,
        False,
        f"neither nf_tables ({trial.says('nf_tables')}) nor legacy iptables",
        f"{WSL_UPDATE if around.is_wsl else modprobe}",
    )
