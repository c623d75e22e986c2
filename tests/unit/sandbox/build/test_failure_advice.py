from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.build.failure_advice import failure, hint
from sandbox.model.build import Build


def printed(build: Build, line: str) -> Build:
    """The build, with a line in the log of whatever failed."""
    vertexes = (replace(v, log=line) if v.error else v for v in build.trace.vertexes)
    return replace(build, trace=replace(build.trace, vertexes=tuple(vertexes)))


def test_an_ordinary_failure_needs_no_hint(recorded: Callable[[str], Build]) -> None:
    failing = recorded("failing")
    assert hint(failing) is None
    assert failure(failing).next_step == "read what the command printed, above, and fix that line"


def test_a_program_for_another_platform(recorded: Callable[[str], Build]) -> None:
    foreign = printed(recorded("failing"), "exec /bin/sh: exec format error\n")
    assert "tonistiigi/binfmt --install all" in (hint(foreign) or "")
    assert failure(foreign).next_step == hint(foreign)


def test_only_what_failed_counts(recorded: Callable[[str], Build]) -> None:
    said = printed(recorded("parallel"), "exec format error\n")
    assert hint(said) is None


def test_a_full_disk(recorded: Callable[[str], Build]) -> None:
    failing = recorded("failing")
    by_program = printed(failing, "dd: writing '/large': No space left on device\n")
    by_buildkit = replace(failing, message="ERROR: failed to solve: write: no space left on device")
    for full in (by_program, by_buildkit):
        assert "docker buildx prune --force" in (hint(full) or "")
        assert failure(full).next_step == hint(full)
