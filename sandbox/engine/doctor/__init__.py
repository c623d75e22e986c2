"""Checks the preconditions of a sandbox on this machine, and names a fix for each missing one.

Some are looked at (``preconditions``). The others are tried, because no file tells them for sure:
``trial`` runs ``kernel_tries`` in a user namespace; ``namespace_probes`` and ``container_flags``
judge the results.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox import process
from sandbox.engine.doctor import (
    container_flags,
    namespace_probes,
    preconditions,
    surroundings,
    trial,
)
from sandbox.engine.doctor.diagnosis import Diagnosis
from sandbox.engine.doctor.surroundings import Surroundings
from sandbox.engine.doctor.trial import Tried
from sandbox.engine.paths import Paths
from sandbox.errors import EngineError, HostError

Make = Callable[[str, Path], Tried]


def examine(
    paths: Paths,
    *,
    trying: bool = True,
    make: Make = trial.make,
    around: Surroundings | None = None,
) -> tuple[Diagnosis, ...]:
    """Check every precondition; leaves nothing behind.

    Args:
        trying: Also make the tries, which take a tenth of a second. They are left out where
            something that they need is missing.
        make: Makes the tries.
        around: The machine; None: it is read.
    """
    if not preconditions.system().ok:
        return (preconditions.system(),)
    around = around or surroundings.read()
    first = preconditions.of_namespaces(around)
    programs = tuple(preconditions.programs())
    rest = preconditions.others(paths, around)
    tries: tuple[Diagnosis, ...] = ()
    if trying and not any(lacks(one) for one in (*first, *programs)):
        tries = tuple(_tries(paths, make, around))
    return (*first, *tries, *rest, *programs)


def lacks(finding: Diagnosis) -> bool:
    """Whether the sandbox cannot run because of this finding."""
    return finding.required and not finding.ok


def require(paths: Paths, port: int | None = None, *, trying: bool = True) -> None:
    """Raise an error for the first required precondition that this machine does not meet.

    Args:
        port: The port that the caller chose for the registry; no other needs to be free then.
            None: the caller chose none.
        trying: See ``examine``.

    Raises:
        HostError: A precondition is not met; the error names the fix.
    """
    missing = _first_missing(paths, port, trying=trying)
    if missing is not None:
        raise HostError(
            f"This machine cannot host a sandbox yet: {missing.name}: {missing.found}.",
            next_step=missing.fix,
        )


def explained(paths: Paths, port: int | None, error: EngineError) -> EngineError | HostError:
    """The error of a failed start, or what this machine lacks, with the lines of that error."""
    missing = _first_missing(paths, port, trying=True)
    if missing is None:
        return error
    return HostError(
        f"The engine did not start: {missing.name}: {missing.found}.",
        next_step=missing.fix,
        stderr_tail=error.stderr_tail,
        log_path=error.log_path,
    )


def _first_missing(paths: Paths, port: int | None, *, trying: bool) -> Diagnosis | None:
    for finding in examine(paths, trying=trying):
        if lacks(finding) and not (port is not None and finding.name == "port"):
            return finding
    return None


def _tries(paths: Paths, make: Make, around: Surroundings) -> Iterator[Diagnosis]:
    found = shutil.which("rootlesskit", path=process.search_path())
    assert found is not None, "without it nothing is tried"
    program = Path(found).resolve()
    try:
        made = make(found, paths.home)
    except OSError as error:
        said = f"this user may not write to {paths.home}: {error.strerror}"
        fix = namespace_probes.other_home(around)
        yield Diagnosis("overlay mounts", False, said, fix)
        return
    mounts = surroundings.read_text("/proc/self/mounts") or ""
    kind = surroundings.file_system(paths.home, mounts)
    if around.container:
        has_tun = preconditions.TUN.exists()
        has_volume = kind != "overlay"
        yield container_flags.judge(around, made, has_tun=has_tun, has_volume=has_volume)
    yield namespace_probes.user_namespaces(around, made, program)
    if made.refusal:
        return
    yield namespace_probes.mounts(around, made, program)
    yield namespace_probes.overlay(around, made, paths.home, kind)
    yield namespace_probes.emulation(around, made)
    yield namespace_probes.firewall(around, made)
