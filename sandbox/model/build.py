"""The record of one build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.model.downloads import Downloads
from sandbox.model.explanation import Explanation
from sandbox.model.llb import Llb
from sandbox.model.stage_graph import StageGraph
from sandbox.model.stage_state import stage_states
from sandbox.model.strain import Strain
from sandbox.model.summary import Summary
from sandbox.model.trace import Trace
from sandbox.model.vertex import State, VertexKind


@dataclass(frozen=True, slots=True)
class Build:
    """The record of one build, which views and checks read.

    Args:
        command: The exact argv, ready to be pasted into a terminal of the sandbox.
        exit_code: The exit code of that command; 130 when it was cancelled.
        trace: What BuildKit did.
        graph: The Dockerfile's stages; None when it could not be read as a Dockerfile.
        target: The requested stage; None for the default.
        image_digest: Digest of the new image or index; None when the build made none.
        log: All output of the instructions, whole lines in order of arrival.
        message: The error report that buildx printed; empty when there was none.
        started: Aware, UTC.
        duration_s: Duration of the whole command.
        log_path: The file with the raw lines; None when none was kept.
        image_bytes: Size of the image, as ``docker image inspect`` reports it; None when the engine
            has no such image (the build made none, or exported it elsewhere).
        downloads: What the package indexes served while the build ran. Builds that ran at the same
            time share their downloads. None: unknown, for example for a reopened build.
        strain: What it took of the sandbox's memory and disk; None for a reopened build.
        explanation: Why the build failed; None for a build that succeeded or was cancelled.
    """

    command: tuple[str, ...]
    exit_code: int
    trace: Trace
    graph: StageGraph | None
    target: str | None
    image_digest: str | None
    log: str
    message: str
    started: datetime
    duration_s: float
    log_path: Path | None = None
    image_bytes: int | None = None
    downloads: Downloads | None = None
    strain: Strain | None = None
    explanation: Explanation | None = None

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    def summary(self) -> Summary:
        """The build's cost in a handful of figures, from the trace and the engine."""
        return Summary(
            real_s=self.trace.real_s,
            accumulated_s=self.trace.accumulated_s,
            run=self.trace.cache_share(VertexKind.RUN),
            copy=self.trace.cache_share(VertexKind.COPY),
            downloaded_bytes=self.trace.downloaded_bytes,
            context_bytes=self.trace.context_bytes,
            image_bytes=self.image_bytes,
            downloads=self.downloads,
        )

    def llb(self) -> Llb:
        """The LLB graph that BuildKit solved; see ``Trace.llb``."""
        return self.trace.llb()

    def stage_states(self) -> dict[str, State]:
        """The state of every stage: first the Dockerfile's stages in its order, then others."""
        return stage_states(self.trace, self.graph, self.target, ok=self.ok)

    def stage_state(self, stage: str) -> State:
        """The state of one stage: its worst vertex decides, an unknown stage is skipped.

        A stage without instructions that run (only FROM and metadata) has the state of its base.
        """
        return self.stage_states().get(stage, State.SKIPPED)
