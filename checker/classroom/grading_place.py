"""Where the gradings of a class run: on this machine, or on the workers of a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from checker.classroom.cluster.addresses import ClusterOptions
from checker.classroom.cluster.cluster_commands import extra_required
from checker.errors import UsageError

if TYPE_CHECKING:
    from checker.classroom.marking import Marker
    from checker.classroom.progress_lines import ProgressLines
    from checker.listeners import Listeners


def where_to_grade(jobs: int | None, cluster: ClusterOptions) -> int | ClusterOptions:
    """Where to grade: the number of gradings at a time on this machine, or other machines.

    Raises:
        UsageError: The options exclude each other.
    """
    from checker.classroom.marking import default_jobs  # noqa: PLC0415

    if not cluster.is_wanted:
        return jobs or default_jobs()
    if jobs is not None:
        raise UsageError(
            "--jobs is for this machine alone.",
            next_step="leave it out: each worker of a cluster grades one submission at a time",
        )
    return cluster


def require_watchable(submissions: Path, where: int | ClusterOptions) -> None:
    """Raises a UsageError if --watch cannot look at the submissions, or not grade them there."""
    if submissions.is_file():
        raise UsageError(
            f"{submissions} is a file, and only a folder can be watched.",
            next_step="leave out --watch, or name the folder in which the students save",
        )
    if not isinstance(where, int):
        raise UsageError(
            "--watch grades on this machine only.",
            next_step="leave out --watch, or --scheduler, --hosts and --cluster",
        )


def marker_for(where: int | ClusterOptions, progress: Listeners, lines: ProgressLines) -> Marker:
    """What grades there; it tells ``progress`` and ``lines``."""
    from checker.classroom.marking import Marking  # noqa: PLC0415
    from checker.grading import grade_on_sandbox  # noqa: PLC0415

    if isinstance(where, int):
        return Marking(grade_on_sandbox, jobs=where, tell=progress.sandbox, on_change=lines.change)
    with extra_required():
        from checker.classroom.cluster.connection import cluster_marking  # noqa: PLC0415
    return cluster_marking(where, tell=progress.sandbox, on_change=lines.change)
