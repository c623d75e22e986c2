"""Explains a failed build: whether the engine or the Dockerfile failed, and with which message."""

from __future__ import annotations

import re

from checker.results import Finding, Verdict
from checker.workbench.docs_links import page_of_failure
from sandbox import Build, State, base_images, tags_of

_LOG_LINES = 8

# Parts of buildx's messages if the engine has gone. The messages of failed builds differ.
_ENGINE_GONE = (
    "cannot connect to the docker daemon",
    "code = unavailable",
    "error reading from server",
    "failed to dial",
    "transport is closing",
)
_BY_TEXT = {
    "no space left on device": Verdict.DISK_FULL,
    "cannot allocate memory": Verdict.OUT_OF_MEMORY,
    "exit code: 137": Verdict.OUT_OF_MEMORY,  # killed, by the sandbox's memory limit
}

# For Docker Hub only: an image that is missing from the lab's registry was never pushed.
_NO_IMAGE = re.compile(
    r"failed to resolve source metadata for docker\.io/([^\s:@]+)\S*: .*not found"
)


def is_engine_fault(build: Build) -> bool:
    """Whether a build failed because the engine went away, not because of the Dockerfile."""
    last = _error_line(build)
    # The error of a RUN quotes the learner's own command, which may contain any text.
    return "did not complete successfully" not in last and says_engine_gone(last)


def says_engine_gone(text: str) -> bool:
    """Whether a message of docker or buildx is about an engine that does not answer."""
    return any(said in text.lower() for said in _ENGINE_GONE)


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
    text = _error_line(build).lower() + "\n".join(printed).lower()
    verdict = next((v for said, v in _BY_TEXT.items() if said in text), Verdict.BUILD_ERROR)
    return Finding(
        False,
        "\n".join(parts),
        {
            "exit_code": build.exit_code,
            "vertex": failed[0].name if failed else None,
            "read_on": page,
        },
        verdict,
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
    return f"{said} Is {near} meant?" if near in there else said


def _error_line(build: Build) -> str:
    """The line that sums up the error; for a failed RUN it quotes the command."""
    lines = [line for line in build.message.splitlines() if line.startswith("ERROR:")]
    return lines[-1] if lines else build.message
