from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from sandbox.engine.doctor import container_flags
from sandbox.engine.doctor.surroundings import Surroundings
from sandbox.engine.doctor.trial import Tried

from .around import DEFAULT, NAMES

FORK = Tried(refusal="failed to start the child: fork/exec /proc/self/exe: operation not permitted")
MAP = Tried(refusal="newuidmap: write to uid_map failed: Operation not permitted")


def after(**errors: int) -> Tried:
    """What the kernel allowed: everything but these."""
    return Tried(errors={**dict.fromkeys(NAMES, 0), **errors})


@pytest.mark.parametrize(
    ("around", "trial", "has_tun", "missing"),
    [
        (DEFAULT, FORK, False, ("seccomp", "apparmor", "systempaths", "tun")),
        (DEFAULT, FORK, True, ("seccomp", "apparmor", "systempaths")),
        (replace(DEFAULT, apparmor=""), FORK, True, ("seccomp", "systempaths")),
        # One option at a time is missing.
        (replace(DEFAULT, apparmor="", has_masked_proc=False), FORK, True, ("seccomp",)),
        (replace(DEFAULT, has_seccomp=False), after(mount=errno.EACCES), True, ("apparmor",)),
        (replace(DEFAULT, apparmor=""), after(proc=errno.EPERM), True, ("systempaths",)),
        (DEFAULT, after(), False, ("tun",)),
        # A profile that allows what the lab needs is no fault, and neither is a masked /proc.
        (DEFAULT, after(), True, ()),
        (replace(DEFAULT, has_no_new_privileges=True), after(), True, ()),
    ],
)
def test_flags(around: Surroundings, trial: Tried, has_tun: bool, missing: tuple[str, ...]) -> None:
    assert container_flags.missing(around, trial, has_tun=has_tun, has_volume=True) == missing
    finding = container_flags.judge(around, trial, has_tun=has_tun, has_volume=True)
    assert finding.ok is not bool(missing)
    assert bool(finding.fix) is bool(missing)
    for name in missing:
        assert container_flags.OPTIONS["Docker"][name] in finding.fix


@pytest.mark.parametrize("engine", container_flags.OPTIONS)
def test_each_engine_has_options_of_its_own(engine: str) -> None:
    around = replace(DEFAULT, container=engine)
    finding = container_flags.judge(around, FORK, has_tun=False, has_volume=False)
    assert finding.found == f"{engine}; missing: seccomp, apparmor, systempaths, tun, volume"
    for option in container_flags.OPTIONS[engine].values():
        assert option in finding.fix


def test_a_volume_that_is_missing_is_named_with_the_rest() -> None:
    finding = container_flags.judge(DEFAULT, after(), has_tun=True, has_volume=False)
    assert finding.found == "Docker; missing: volume"
    assert "start the container with -v buildkit-lab:/data" in finding.fix


def test_a_setuid_bit_that_does_not_help_in_a_container() -> None:
    around = replace(DEFAULT, apparmor="", has_masked_proc=False)
    finding = container_flags.judge(around, MAP, has_tun=True, has_volume=True)
    assert not finding.ok
    assert "setcap cap_setuid+ep /usr/bin/newuidmap" in finding.fix
    assert "seccomp" not in finding.fix
    strict = replace(around, has_no_new_privileges=True)
    finding = container_flags.judge(strict, MAP, has_tun=True, has_volume=True)
    assert finding.found == "Docker; missing: no-new-privileges"
    assert finding.fix == "start the container without --security-opt no-new-privileges"
