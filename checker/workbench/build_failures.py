"""Explains a failed build: whether the engine or the Dockerfile failed, and with which message."""

from __future__ import annotations

import re

from checker.results import Finding, Verdict
from checker.workbench.docs_links import page_of_failure
from sandbox import Build, State, Strain, base_images, tags_of

_LOG_LINES = 8

_FULL_BYTES = 64 << 20
"""The free space of a disk on which the engine can write no more layer of any size."""

# For Docker Hub only: an image that is missing from the lab's registry was never pushed.
_NO_IMAGE = re.compile(
    r"failed to resolve source metadata for docker\.io/([^\s:@]+)\S*: .*not found"
)


def find_cause(strain: Strain | None) -> Verdict | None:
    """What was used up, by the kernel's counters and not by what a build said."""
    if strain is None:
        return None
    if strain.oom_kills:
        return Verdict.OUT_OF_MEMORY
    is_full = strain.disk_exceeded or strain.least_free_bytes < _FULL_BYTES
    return Verdict.DISK_FULL if is_full else None


def explain_end_of_engine(build: Build | None, cause: Verdict) -> Finding:
    """The finding for a build that took so much memory or disk that the engine went away.

    Args:
        build: None: it was a container of its image.
        cause: What was used up.
    """
    what = "memory" if cause is Verdict.OUT_OF_MEMORY else "disk"
    who, vertexes = ("container", ()) if build is None else ("build", build.trace.vertexes)
    at_work = [v.name for v in vertexes if v.state is State.CANCELLED]
    doing = f"; at work then: {', '.join(at_work)}" if at_work else ""
    message = (
        f"The {who} used up the {what} of the sandbox, and the engine ended{doing}.\n"
        f"Wanted: a {who} that the sandbox has {what} for."
    )
    return Finding(False, message, {"at_work": at_work}, cause)


def explain_failure(build: Build) -> Finding:
    """BuildKit's own report of a failed build, with the learner's line marked, and a verdict."""
    failed = [v for v in build.trace.vertexes if v.state is State.FAILED]
    printed = [line for v in failed for line in v.log.splitlines() if line.strip()][-_LOG_LINES:]
    parts = [f"The build ended with exit code {build.exit_code}."]
    parts += ["It printed last:", *(f"  {line}" for line in printed)] if printed else []
    parts.append(build.message.strip() or "BuildKit gave no reason.")
    if (no_image := _NO_IMAGE.search(build.message)) is not None:
        parts.append(_base_images_for(no_image[1]))
    if (page := page_of_failure(build.message)) is not None:
        parts.append(f"Read on: {page}")
    return Finding(
        False,
        "\n".join(parts),
        {
            "exit_code": build.exit_code,
            "vertex": failed[0].name if failed else None,
            "read_on": page,
        },
        find_cause(build.strain) or Verdict.BUILD_ERROR,
    )


def explain_timeout(build: Build, timeout_s: float) -> Finding:
    """The finding for a build that ran out of time: which vertices were still running."""
    at_work = [v.name for v in build.trace.vertexes if v.intervals and v.state is State.CANCELLED]
    doing = f"; at work then: {', '.join(at_work)}" if at_work else ""
    return Finding(
        False,
        f"A build was still running after {build.duration_s:.1f} s, when the time was up{doing}.\n"
        f"Wanted: all builds of a grading in {timeout_s:g} s.",
        {"timeout_s": timeout_s, "at_work": at_work},
        Verdict.TIMEOUT,
    )


def _base_images_for(repository: str) -> str:
    """What the lab has instead, for somebody who asked for an image that the lab lacks."""
    if tags := tags_of(repository):
        return f"The lab has {repository} with these tags: {', '.join(tags)}."
    there = base_images()
    said = f"The lab has no Docker Hub. Base images here: {', '.join(there)}."
    near = f"lab/{repository.rpartition('/')[2]}"
    return f"{said} Did you mean {near}?" if near in there else said
