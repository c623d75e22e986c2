"""Builders beside the sandbox's own: those of ``docker buildx create``, and temporary ones.

Such a builder is a container of the sandbox's engine with its own BuildKit, and its cache is a
volume. The builders that a learner creates stay: they stop and start with the sandbox.

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

IMAGE = "moby/buildkit:buildx-stable-1"
"""The image that buildx starts by default; here the lab's own image of that name."""
OWN = "default"
"""The sandbox's own builder; the name is buildx's."""
_OF_PROCESS = re.compile(r"empty-(\d+)-[0-9a-f]{8}")
_CONTAINER = "buildx_buildkit_"


def may_start(argv: Sequence[str], config: Path, *, is_build: bool) -> bool:
    """Whether a command may start a builder, and so pull its image.

    Args:
        argv: As typed, ``docker`` first.
        config: The sandbox's DOCKER_CONFIG.
        is_build: Whether the command is a build or a bake.
    """
    words = tuple(argv[:3])
    if words == ("docker", "buildx", "create"):
        return True
    if words == ("docker", "buildx", "inspect"):
        return "--bootstrap" in argv
    # A build starts the builder that it goes to, which somebody must have created.
    return is_build and any(_created(config))


def use_own(docker: DockerRunner, config: Path) -> None:
    """Make the sandbox's own builder the current one again after a ``buildx use``.

    Raises:
        CommandError, NotRunning: As the docker client.
    """
    if (config / "buildx" / "current").exists():
        docker("buildx", "use", OWN)


@contextlib.contextmanager
def empty_builder(docker: DockerRunner, config: Path) -> Iterator[str]:
    """A started builder that has never built anything; removed with its cache after the block.

    Leftovers of killed processes are removed first.

    Args:
        docker: The sandbox's client; the registry has IMAGE.
        config: The sandbox's DOCKER_CONFIG.

    Raises:
        CommandError: The builder could not be started.
        NotRunning: There is no engine.
    """
    clear_leftovers(docker, config)
    name = f"empty-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        # If this process is killed, the next start of the engine does not start the builder.
        options = ("--driver-opt=restart-policy=no", "--bootstrap")
        docker("buildx", "create", f"--name={name}", *options)
        yield name
    finally:
        # If the engine is gone, nothing runs any more; the next empty builder removes the rest.
        with contextlib.suppress(SandboxError):
            finish_cleanup(lambda: _remove(docker, name))


def clear_leftovers(docker: DockerRunner, config: Path) -> None:
    """Remove the empty builders of killed processes.

    Raises:
        CommandError, NotRunning: As the docker client.
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
    """The files of builders that were made with ``buildx create``."""
    return (config / "buildx" / "instances").glob("*")


def _remove(docker: DockerRunner, name: str) -> None:
    """Remove the builder, its container and its volume, as far as they exist."""
    # Before `buildx rm`, which would wait for the BuildKit inside to end by itself, and which
    # does not know what an interrupted start or removal left.
    docker("rm", "--force", "--volumes", f"{_CONTAINER}{name}0", check=False)
    docker("buildx", "rm", "--force", name, check=False)
    docker("volume", "rm", "--force", f"{_CONTAINER}{name}0_state", check=False)
