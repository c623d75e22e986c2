"""Builders beside the sandbox's own: those of ``docker buildx create``, and temporary empty ones.

Such a builder is a container in the sandbox's engine that runs its own BuildKit. Its cache is a
volume. A learner's builders stay: they stop and start together with the sandbox.

Source: docker buildx create, use, rm (buildx 0.29) and
https://github.com/docker/buildx/blob/master/store/store.go (the folder ``buildx``).
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from sandbox.cancellation import finish_cleanup
from sandbox.engine.client import DockerRunner
from sandbox.errors import SandboxError
from sandbox.parse.flags import without_global_options

IMAGE = "moby/buildkit:buildx-stable-1"
"""The image that buildx uses by default. In the sandbox this name means the lab's own image."""
OWN = "default"
"""buildx's name for the sandbox's own builder."""
_OF_PROCESS = re.compile(r"empty-(\d+)-[0-9a-f]{8}")
_CONTAINER = "buildx_buildkit_"


def may_start(argv: Sequence[str], config: Path, *, is_build: bool) -> bool:
    """Whether a command may start a builder, and therefore need the builder's image.

    Args:
        argv: The command's words, with ``docker`` first.
        config: The sandbox's DOCKER_CONFIG.
        is_build: Whether the command is a build or a bake.
    """
    words = without_global_options(argv)[:3]
    if words == ("docker", "buildx", "create"):
        return True
    if words == ("docker", "buildx", "inspect"):
        return "--bootstrap" in argv
    # A build starts the builder that it uses, if that was created before.
    return is_build and any(_created(config))


def use_own(docker: DockerRunner, config: Path) -> None:
    """Make the sandbox's own builder the current one again, if ``buildx use`` chose another.

    Raises:
        CommandError, NotRunning: The docker client failed.
    """
    if (config / "buildx" / "current").exists():
        docker("buildx", "use", OWN)


@contextlib.contextmanager
def empty_builder(docker: DockerRunner, config: Path) -> Iterator[str]:
    """Start a builder with an empty cache; removes it, with its cache, after the block.

    The empty builders of killed processes are removed first.

    Args:
        docker: Runs the sandbox's docker client. The registry must have IMAGE.
        config: The sandbox's DOCKER_CONFIG.

    Raises:
        CommandError: The builder could not be started.
        NotRunning: The sandbox does not run.
    """
    clear_leftovers(docker, config)
    name = f"empty-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        # No restart: if this process is killed, the next start of the engine leaves it stopped.
        options = ("--driver-opt=restart-policy=no", "--bootstrap")
        docker("buildx", "create", f"--name={name}", *options)
        yield name
    finally:
        # If the engine has ended, so has the builder. The next call removes what is left of it.
        with contextlib.suppress(SandboxError):
            finish_cleanup(lambda: _remove(docker, name))


def clear_leftovers(docker: DockerRunner, config: Path) -> None:
    """Remove the empty builders of processes that were killed.

    Raises:
        CommandError, NotRunning: The docker client failed.
    """
    ours = f"--filter=name={_CONTAINER}empty-"
    volumes = docker("volume", "ls", "--quiet", ours).stdout
    containers = docker("ps", "--all", "--format={{.Names}}", ours).stdout
    known = " ".join(path.name for path in _created(config))
    found = _OF_PROCESS.finditer(f"{volumes} {containers} {known}")
    for name, process_id in {(match[0], int(match[1])) for match in found}:
        if not psutil.pid_exists(process_id):
            _remove(docker, name)


def _created(config: Path) -> Iterator[Path]:
    """buildx's files for the builders that were created, one file for each builder."""
    return (config / "buildx" / "instances").glob("*")


def _remove(docker: DockerRunner, name: str) -> None:
    """Remove the builder, its container and its volume, as far as each exists."""
    # The container goes first, because `buildx rm` would wait for a normal end of BuildKit. All
    # three are removed by name, because buildx loses track of a builder whose start or removal was
    # interrupted.
    docker("rm", "--force", "--volumes", f"{_CONTAINER}{name}0", check=False)
    docker("buildx", "rm", "--force", name, check=False)
    docker("volume", "rm", "--force", f"{_CONTAINER}{name}0_state", check=False)
