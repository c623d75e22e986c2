from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.engine.doctor import namespace_probes as probes
from sandbox.engine.doctor.surroundings import Surroundings
from sandbox.engine.doctor.trial import Tried

from .around import BARE, NAMES

UBUNTU = replace(BARE, restricts_namespaces=True)
WSL = replace(BARE, kernel="6.6.87.2-microsoft-standard-WSL2")
PROFILED = Path("/usr/bin/rootlesskit")
MAP = "newuidmap 12 [0 1000 1] failed: newuidmap: write to uid_map failed: Operation not permitted"
MAP_REFUSED = f"[rootlesskit:parent] error: failed to setup UID/GID map: {MAP}"
SHARE = "[rootlesskit:child ] error: failed to share mount point: /: permission denied"
FULL = "failed to start the child: fork/exec /proc/self/exe: no space left on device"


def after(**errors: int) -> Tried:
    """What the kernel allowed: everything but these."""
    return Tried(errors={**dict.fromkeys(NAMES, 0), **errors})


@pytest.mark.parametrize(
    ("around", "program", "refusal", "fix"),
    [
        (BARE, PROFILED, FULL, "sysctl -w user.max_user_namespaces=28633"),
        (BARE, PROFILED, MAP_REFUSED, "as root: chmod u+s /usr/bin/newuidmap /usr/bin/newgidmap"),
        (BARE, PROFILED, "something new", "run `rootlesskit true`"),
        (UBUNTU, PROFILED, SHARE, "apparmor_parser -r /etc/apparmor.d/rootlesskit"),
        (
            UBUNTU,
            Path("/usr/local/bin/rootlesskit"),
            SHARE,
            "this one is /usr/local/bin/rootlesskit: sudo apt-get install rootlesskit, and put "
            "/usr/bin first on PATH",
        ),
        (replace(UBUNTU, is_root=True), PROFILED, SHARE, "run `rootlesskit true`"),
        (replace(BARE, has_no_new_privileges=True), PROFILED, MAP_REFUSED, "no_new_privs"),
        (
            replace(BARE, container="Docker"),
            PROFILED,
            SHARE,
            "what is said of the Docker container above",
        ),
    ],
)
def test_namespaces_that_are_refused(
    around: Surroundings, program: Path, refusal: str, fix: str
) -> None:
    finding = probes.user_namespaces(around, Tried(refusal=refusal), program)
    assert not finding.ok
    assert finding.required
    assert refusal in finding.found
    assert fix in finding.fix


def test_apparmor_is_no_matter_where_the_namespaces_were_made() -> None:
    assert probes.user_namespaces(UBUNTU, after(), Path("/opt/rootlesskit")).ok
    assert probes.mounts(UBUNTU, after(), Path("/opt/rootlesskit")).ok


@pytest.mark.parametrize(
    ("around", "errors", "found", "fix"),
    [
        (BARE, {"mount": errno.EACCES}, "a tmpfs: EACCES, Permission denied", "journalctl -k"),
        (UBUNTU, {"mount": errno.EACCES}, "a tmpfs", "apparmor_parser -r"),
        (BARE, {"proc": errno.EPERM}, "/proc: EPERM", "as root: umount"),
        (replace(BARE, container="podman"), {"proc": errno.EPERM}, "/proc", "podman container"),
    ],
)
def test_mounts_that_are_refused(
    around: Surroundings, errors: dict[str, int], found: str, fix: str
) -> None:
    finding = probes.mounts(around, after(**errors), PROFILED)
    assert not finding.ok
    assert found in finding.found
    assert fix in finding.fix


def test_an_overlay_on_an_overlay_wants_a_named_volume() -> None:
    home = Path("/home/learner/lab")
    refused = after(overlay=errno.EINVAL)
    inside = probes.overlay(replace(BARE, container="Docker"), refused, home, "overlay")
    assert not inside.ok
    assert "refused on overlay at /home/learner/lab: EINVAL, Invalid argument" in inside.found
    assert "named volume: start the container with -v buildkit-lab:/data" in inside.fix
    outside = probes.overlay(BARE, refused, home, "nfs4")
    assert "set BUILDKIT_LAB_HOME to a folder on a local disk" in outside.fix
    assert probes.overlay(BARE, after(), home, "ext4").ok


@pytest.mark.parametrize(
    ("around", "number", "found", "fix"),
    [
        (replace(BARE, kernel="6.1.0"), errno.EPERM, "kernel 6.1.0 has one", "boot kernel 6.7"),
        (WSL, errno.EPERM, "6.6.87.2-microsoft", "wsl --update"),
        (BARE, errno.ENODEV, "not loaded", "as root: modprobe binfmt_misc"),
        (BARE, errno.ENOENT, "not loaded", "as root: modprobe binfmt_misc"),
    ],
)
def test_a_kernel_without_emulation_names_what_cannot_run(
    around: Surroundings, number: int, found: str, fix: str
) -> None:
    finding = probes.emulation(around, after(binfmt_misc=number))
    assert not finding.ok
    assert not finding.required
    assert found in finding.found
    assert fix in finding.fix
    assert "lessons 05 and 08" in finding.fix
    assert probes.emulation(around, after()).ok


@pytest.mark.parametrize(
    ("around", "errors", "ok", "text"),
    [
        (BARE, {}, True, "nf_tables"),
        (BARE, {"nf_tables": errno.EINVAL}, True, "legacy iptables"),
        (
            BARE,
            {"nf_tables": errno.EINVAL, "legacy_tables": errno.ENOPROTOOPT},
            False,
            "modprobe -a nf_tables",
        ),
        (
            WSL,
            {"nf_tables": errno.EPROTONOSUPPORT, "legacy_tables": errno.ENOPROTOOPT},
            False,
            "wsl --update",
        ),
        (BARE, {"network": errno.ENOSPC}, False, "user.max_net_namespaces"),
    ],
)
def test_firewalls(around: Surroundings, errors: dict[str, int], ok: bool, text: str) -> None:
    finding = probes.firewall(around, after(**errors))
    assert finding.ok is ok
    assert text in (finding.found if ok else finding.fix)
