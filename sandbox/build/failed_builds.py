"""Failed builds, whichever process ran them: what they said, why, and the base images they lacked.

``run`` explains the builds that it runs itself. A build that docker ran in a terminal is known from
BuildKit's record of it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sandbox.build import history
from sandbox.build.failures.explain import explain
from sandbox.build.request import BuildRequest
from sandbox.engine.client import DockerRunner
from sandbox.errors import SandboxError
from sandbox.images import ensure
from sandbox.images.base_images import BaseImages
from sandbox.model.explanation import Explanation


@dataclass(frozen=True, slots=True)
class FailedBuilds:
    """The failed builds of one sandbox.

    Args:
        docker: The sandbox's client.
        builds: The folder with the lab's own records.
        base_images: Returns the base images; called only when one is missing.
    """

    docker: DockerRunner
    builds: Path
    base_images: Callable[[], BaseImages]

    def messages_since(self, started: datetime, *, builder: str | None = None) -> str:
        """The messages of the builds that failed since then, in whichever process they ran.

        Args:
            started: Aware.
            builder: The name of another builder than the current one.

        Raises:
            NotRunning: There is no engine.
        """
        return "\n".join(history.errors_since(self.docker, started, builder))

    def provide_missing(self, message: str) -> bool:
        """Make the base images that the message of a failed command reports as not found.

        Returns:
            Whether an image was made, so that the command may succeed the next time.

        Raises:
            NotRunning: There is no engine.
            HostError, SetupError: A base image could not be made.
        """
        return ensure.provide_missing(self.base_images, message)

    def explain(self, request: BuildRequest, begun: datetime) -> Explanation | None:
        """Why a build failed that docker ran without the lab, such as in a terminal.

        Args:
            request: The build.
            begun: A moment just before it began; aware.

        Returns:
            None if BuildKit has no record of it, or records of several failures since ``begun``.
        """
        try:
            failed = history.find_failed(self.docker, self.builds, begun)
        except SandboxError:  # the engine went away, or the builder keeps no records
            return None
        if failed is None or failed.explanation is None:  # it was cancelled
            return None
        # The record has neither the whole command nor the Dockerfile of a failed build.
        known = replace(failed, command=request.argv, graph=request.stages)
        return explain(known, request.cwd)
