"""One explanation for everybody who shows a failed build: Python, notebooks, terminals, checks."""

from __future__ import annotations

from pathlib import Path

from sandbox.build.failures.dockerfile_faults import explain_dockerfile_fault
from sandbox.build.failures.evidence import Advice, Evidence, last_error, read_evidence
from sandbox.build.failures.failed_commands import explain_failed_command
from sandbox.build.failures.missing_features import explain_missing_feature
from sandbox.build.failures.missing_files import explain_missing_file
from sandbox.build.failures.missing_images import explain_missing_image
from sandbox.build.failures.refused_options import explain_refused_option
from sandbox.errors import BuildError
from sandbox.model.build import Build
from sandbox.model.explanation import Explanation
from sandbox.wording import cut, printable

_MOST_LETTERS = 120
_MOST_LINES = 6
_DISK_FULL = "no space left on device"


def explain(build: Build, cwd: Path | None) -> Explanation:
    """Why a build failed, and what to do.

    Args:
        build: A build that did not succeed.
        cwd: The folder that paths in its command are relative to; None when the files there may
            have changed since the build: they are not looked at then.
    """
    evidence = read_evidence(build, cwd)
    try:
        advice = _advice(evidence)
    except OSError:  # files of the context that cannot be listed
        advice = _advice(read_evidence(build, None))
    return Explanation(
        next_step=advice.next_step,
        cause=advice.cause,
        line=evidence.line,
        instruction=cut(printable(evidence.marked), _MOST_LETTERS),
        file=printable(evidence.file),
        said=evidence.said,
        printed="\n".join(_last_lines(evidence.printed)),
        source=evidence.source,
    )


def _last_lines(printed: str) -> list[str]:
    lines = [printable(line) for line in printed.splitlines()]
    return [cut(line, _MOST_LETTERS) for line in lines if line][-_MOST_LINES:]


def _advice(evidence: Evidence) -> Advice:
    return next(filter(None, (rule(evidence) for rule in _RULES)), None) or _general(evidence)


def failure(build: Build, known: Explanation) -> BuildError:
    """The error for a build that did not succeed."""
    said = last_error(build).partition("\n")[0]
    where = f" {known.place}\n  BuildKit says" if known.place else ""
    cause = f"\n  likely cause: {known.cause}" if known.cause else ""
    return BuildError(
        f"The build failed{where}: {said}{cause}", build=build, next_step=known.next_step
    )


def _explain_full_disk(evidence: Evidence) -> Advice | None:
    # The kernel's message is in the output of the command that failed.
    if _DISK_FULL not in f"{evidence.printed}\n{evidence.said}".lower():
        return None
    return Advice(
        "free some space, or clear the sandbox's own build cache with "
        "`docker buildx prune --force`; `sandbox status` says how much is left",
        "The disk is full.",
    )


def _general(evidence: Evidence) -> Advice:
    if evidence.line is not None:
        return Advice("correct that line as the message says")
    return Advice(
        f"the message names the fault; `docker buildx {evidence.kind} --help` explains the options"
    )


_RULES = (
    _explain_full_disk,
    explain_missing_file,
    explain_missing_image,
    explain_failed_command,
    explain_missing_feature,
    explain_refused_option,
    explain_dockerfile_fault,
)
"""The kinds of failure. The first one that knows a message explains it."""
