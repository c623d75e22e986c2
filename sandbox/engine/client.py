"""The environment in which a docker client talks to this sandbox's engine and to no other."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from sandbox.engine.paths import Paths
from sandbox.engine.state import load
from sandbox.process import KEEP_BYTES, Completed

LEARNERS_OWN = (
    "BUILDKIT_HOST",
    "BUILDKIT_PROGRESS",
    "BUILDX_BUILDER",
    "BUILDX_CONFIG",
    "BUILDX_METADATA_PROVENANCE",
    "BUILDX_METADATA_WARNINGS",
    "BUILDX_NO_DEFAULT_ATTESTATIONS",
    "DOCKER_API_VERSION",
    "DOCKER_BUILDKIT",
    "DOCKER_CERT_PATH",
    "DOCKER_CONTENT_TRUST",
    "DOCKER_CONTEXT",
    "DOCKER_CUSTOM_HEADERS",
    "DOCKER_DEFAULT_PLATFORM",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "SOURCE_DATE_EPOCH",
)
"""Variables from the learner's own Docker that would send a client to another engine, or change
a build.
"""

OWN_BUILDER = {"BUILDX_BUILDER": "default"}
"""Selects the sandbox's own builder, whichever builder the learner made the current one. The option
``--builder`` overrides it. Source: https://docs.docker.com/build/building/variables/#buildx_builder.
"""

MEMORY_BYTES = 1 << 30
"""The memory that the client of a clone may use. All solutions can be graded with it."""


class DockerRunner(Protocol):
    """A function that runs the sandbox's docker client; see ``Sandbox.docker``."""

    def __call__(
        self,
        *args: str,
        timeout_s: float | None = None,
        check: bool = True,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        keep_bytes: int = KEEP_BYTES,
    ) -> Completed: ...


def confinement(paths: Paths) -> tuple[str, ...]:
    """The prefix of a command that runs the sandbox's docker client; empty, unless it is a clone's.

    What strangers hand in also makes the client work, which evaluates bake files and reads
    manifests. So the client of a clone has a bound on its memory, is within the clone's limits, and
    runs in the clone's network, where there is no way to this machine's own services.
    """
    state = load(paths.state)
    if state is None or state.origin is None:
        return ()
    # RootlessKit's inner process, as this machine sees it.
    inner = (paths.rootlesskit / "child_pid").read_text()
    limits = state.fence.prefix if state.fence.folders else ()
    bound = ("prlimit", f"--data={MEMORY_BYTES}", "--")
    enter = ("nsenter", f"--target={inner}", "--user", "--net", "--preserve-credentials", "--")
    return (*limits, *bound, *enter)


def settings(paths: Paths, port: int) -> dict[str, str]:
    """The variables that point a docker client at this sandbox.

    ``REGISTRY`` is the address of the sandbox's registry, ``localhost:PORT``.
    """
    return {
        "DOCKER_HOST": f"unix://{paths.socket}",
        "DOCKER_CONFIG": str(paths.docker_config),
        "REGISTRY": f"localhost:{port}",
    }


def environment(paths: Paths, port: int, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """A complete environment in which ``docker`` is the sandbox's client.

    Args:
        base: The environment to start from; None: the environment of this process.
    """
    env = dict(os.environ if base is None else base)
    for name in LEARNERS_OWN:
        env.pop(name, None)
    env.update(settings(paths, port))
    # The lab's own commands are on PATH too, because lessons use them beside docker.
    own = sysconfig.get_path("scripts")
    env["PATH"] = f"{paths.bin}:{own}:{env.get('PATH', '/usr/bin:/bin')}"
    return env


def changed(env: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """``env`` with ``changes`` applied; a value of None removes the variable."""
    merged = {**env, **changes}
    return {name: value for name, value in merged.items() if value is not None}
