"""All checks together: their order, what is left out, and the errors of ``sandbox up``."""

from __future__ import annotations

import errno
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import EngineError, HostError
from sandbox.engine import doctor
from sandbox.engine.doctor import preconditions
from sandbox.engine.doctor.trial import Tried
from sandbox.engine.paths import Paths

from .around import DEFAULT

NAMES = ("mount", "overlay", "binfmt_misc", "network", "nf_tables", "legacy_tables", "proc")
ALLOWED = Tried(errors=dict.fromkeys(NAMES, 0))
NO_OVERLAY = Tried(errors={**ALLOWED.errors, "overlay": errno.EINVAL})


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "h", tmp_path / "c")


@pytest.fixture
def _whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which everything that is looked at is there."""
    good = doctor.Diagnosis("good", True, "there")
    monkeypatch.setattr(preconditions, "of_namespaces", lambda _: (good,))
    monkeypatch.setattr(preconditions, "others", lambda *_: (good,))
    monkeypatch.setattr(preconditions, "programs", lambda: (good,))
    monkeypatch.setattr(doctor.shutil, "which", lambda *_, **__: "/usr/bin/rootlesskit")


def tries(result: Tried | OSError) -> Callable[[str, Path], Tried]:
    def make(rootlesskit: str, home: Path) -> Tried:
        if isinstance(result, OSError):
            raise result
        return result

    return make


@pytest.mark.parametrize("system", ["Darwin", "Windows", "FreeBSD", ""])
def test_on_another_system_nothing_else_is_looked_at(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    (finding,) = doctor.examine(paths)
    assert not finding.ok
    with pytest.raises(HostError, match="operating system"):
        doctor.require(paths)


def test_what_is_missing_has_a_fix_and_what_is_there_has_none(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preconditions.shutil, "which", lambda *_, **__: None)
    findings = doctor.examine(paths, make=tries(OSError("nothing is tried")))
    for finding in findings:
        assert bool(finding.fix) is not finding.ok, finding
    missing = {finding.name: finding for finding in findings}
    assert missing["rootlesskit"].required
    assert not missing["dot"].required


@pytest.mark.usefixtures("_whole")
def test_what_was_tried_is_reported_or_left_out(paths: Paths) -> None:
    tried = doctor.examine(paths, make=tries(ALLOWED))
    names = {finding.name for finding in tried}
    assert names > {"namespaces", "mounts", "overlay mounts", "emulation (binfmt_misc)", "firewall"}
    assert all(finding.ok for finding in tried)
    looked = doctor.examine(paths, trying=False, make=tries(OSError("nothing is tried")))
    assert {finding.name for finding in looked} == {"good"}


@pytest.mark.usefixtures("_whole")
def test_a_home_that_cannot_be_written(paths: Paths) -> None:
    refused = tries(OSError(errno.EROFS, "Read-only file system"))
    (finding,) = filter(doctor.lacks, doctor.examine(paths, make=refused))
    assert f"may not write to {paths.home}: Read-only file system" in finding.found
    assert "set BUILDKIT_LAB_HOME" in finding.fix


@pytest.mark.usefixtures("_whole")
def test_up_says_what_doctor_says(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_: Paths, *, trying: bool) -> tuple[doctor.Diagnosis, ...]:
        return examine(paths, trying=trying, make=tries(NO_OVERLAY))

    examine = doctor.examine
    monkeypatch.setattr(doctor, "examine", found)
    (finding,) = filter(doctor.lacks, found(paths, trying=True))
    with pytest.raises(HostError, match="cannot host a sandbox yet: overlay mounts") as caught:
        doctor.require(paths)
    assert caught.value.next_step == finding.fix
    doctor.require(paths, trying=False)

    failed = EngineError(
        "no", next_step="doctor", stderr_tail="its last lines", log_path=paths.logs
    )
    told = doctor.explained(paths, None, failed)
    assert isinstance(told, HostError)
    assert finding.found in told.message
    assert (told.next_step, told.stderr_tail) == (finding.fix, "its last lines")
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: ())
    assert doctor.explained(paths, None, failed) is failed


@pytest.mark.usefixtures("_whole")
def test_in_a_container_the_flags_come_before_what_they_would_mend(paths: Paths) -> None:
    refused = Tried(refusal="fork/exec /proc/self/exe: operation not permitted")
    found = doctor.examine(paths, make=tries(refused), around=DEFAULT)
    first, *_ = filter(doctor.lacks, found)
    assert first.name == "container"
    for flag in ("seccomp", "apparmor", "systempaths"):
        assert f"--security-opt {flag}=unconfined" in first.fix
