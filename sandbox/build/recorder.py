"""Records the lines of one build as they arrive, and makes the Build from them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sandbox.build.running_trace import RunningTrace
from sandbox.errors import BuildTimeout, HostError
from sandbox.model.build import Build
from sandbox.model.downloads import Downloads
from sandbox.model.stage_graph import StageGraph
from sandbox.model.strain import Strain
from sandbox.parse.rawjson import error_report

KEPT_BUILDS = 100
"""How many records of builds stay on disk; older ones are removed."""
CANCELLED_EXIT_CODE = 130
WHOLE_LOG = "log.txt"
"""The file, in a build's record, with all output of its instructions, however long."""
UNREADABLE = "unreadable.txt"
"""The file, in a build's record, with lines like BuildKit's JSON that could not be read."""


class Recorder:
    """Writes the record of one build into a new folder; a context manager around the build.

    Args:
        folder: Holds the records of all builds.
        stages: The Dockerfile's stages as they are when the build begins, None if unknown.
        target: The target stage, None for the default.
        on_start: Called with the growing trace before the first line, for a live view.
        most_log_lines: How many lines of each vertex's log the Build keeps; see ``TraceReader``.
            The record on disk has all lines.
    """

    def __init__(
        self,
        folder: Path,
        stages: StageGraph | None,
        target: str | None,
        on_start: Callable[[RunningTrace], None] | None,
        most_log_lines: int | None = None,
    ) -> None:
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._stages = stages
        self._target = target
        self._on_start = on_start
        self._running = RunningTrace(stages, most_lines=most_log_lines)
        self._running.follow_log(self._keep)
        _forget_old(folder)
        own = folder / f"{self._started:%Y%m%dT%H%M%S.%f}-{os.getpid()}"
        self._raw_path = own / "trace.rawjson"
        try:
            own.mkdir(parents=True)
            self._raw = self._raw_path.open("w", encoding="utf-8")
            self._log = (own / WHOLE_LOG).open("w", encoding="utf-8")
        except OSError as error:
            raise HostError(
                f"The record of a build cannot be written: {error.strerror}: {folder}.",
                next_step="free disk (`sandbox shell -- docker buildx prune` removes the cache)",
            ) from error
        self._unreadable_path = own / UNREADABLE
        self.metadata = own / "metadata.json"
        """The file for buildx's ``--metadata-file``."""

    def __enter__(self) -> Self:
        if self._on_start is not None:
            self._on_start(self._running)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.end()
        # A build may fill the disk, but its trace is in memory too.
        for file in (self._log, self._raw):
            with contextlib.suppress(OSError):
                file.close()

    def _keep(self, _: str, lines: str) -> None:
        with contextlib.suppress(OSError):
            self._log.write(lines)

    def record(self, line: str) -> None:
        """Take one line of the client's output, with its end."""
        with contextlib.suppress(OSError):
            self._raw.write(line)
        self._running.read_line(line)

    def finish(
        self,
        command: tuple[str, ...],
        exit_code: int,
        *,
        downloads: Downloads | None = None,
        strain: Strain | None = None,
        timed_out_s: float | None = None,
    ) -> Build:
        """Make the Build.

        Args:
            command: The command as a person would type it.
            exit_code: The exit code of the client.
            downloads: Downloads from the package indexes, None when not known.
            strain: What the build took of memory and disk, None when not known.
            timed_out_s: The time limit that the build exceeded; None if it did not.

        Raises:
            BuildTimeout: ``timed_out_s`` is given.
        """
        trace = self._running.trace(log_lines=None)
        if trace.unreadable:
            with contextlib.suppress(OSError):
                kept = "\n".join(trace.unreadable) + "\n"
                self._unreadable_path.write_text(kept, encoding="utf-8")
        made = Build(
            command=command,
            exit_code=exit_code if timed_out_s is None else CANCELLED_EXIT_CODE,
            trace=trace,
            graph=self._stages,
            target=self._target,
            image_digest=self._digest(),
            log=trace.log,
            message=error_report(trace),
            started=self._started,
            duration_s=time.monotonic() - self._clock,
            log_path=self._raw_path,
            downloads=downloads,
            strain=strain,
        )
        if timed_out_s is not None:
            raise BuildTimeout(
                f"The build was still running after {timed_out_s:g} s and was cancelled.",
                build=made,
                next_step="look for a RUN that waits or never ends, or allow more time",
            )
        return made

    def _digest(self) -> str | None:
        try:
            digest = json.loads(self.metadata.read_text()).get("containerimage.digest")
        except (OSError, ValueError):
            return None
        return digest if isinstance(digest, str) else None


def _forget_old(folder: Path) -> None:
    kept: Sequence[Path] = sorted(folder.iterdir()) if folder.is_dir() else ()
    for old in kept[: max(0, len(kept) - KEPT_BUILDS + 1)]:
        shutil.rmtree(old, ignore_errors=True)
