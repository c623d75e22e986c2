"""Builders beside the sandbox's own: what ``docker buildx create`` makes, and one for a while.

Such a builder is a container of the sandbox's engine with a BuildKit of its own, and its cache
is a volume. Both are the learner's to keep: they go down and come up with the sandbox.

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
"""What buildx starts when it is not told otherwise; here the lab's own, of that name."""
OWN = "default"
"""The sandbox's own builder, by the name that buildx gives it."""
_OF_PROCESS = re.compile(r"empty-(\d+)-[0-9a-f]{8}")
_CONTAINER = "buildx_buildkit_"


def may_start(argv: Sequence[str], config: Path, *, is_build: bool) -> bool:
    """Whether a command may start a builder, and so ask for its image.

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
    """Make the sandbox's own builder the current one again, whatever ``buildx use`` had chosen.

    Raises:
        CommandError, NotRunning: As the docker client.
    """
    if (config / "buildx" / "current").exists():
        docker("buildx", "use", OWN)


@contextlib.contextmanager
def empty_builder(docker: DockerRunner, config: Path) -> Iterator[str]:
    """A started builder that has never built anything; gone with its cache after the block.

    What a killed process left behind of its own is taken away first.

    Args:
        docker: The sandbox's client; the registry has IMAGE.
        config: The sandbox's DOCKER_CONFIG.

    Raises:
        CommandError: It could not be started; NotRunning: there is no engine.
    """
    clear_leftovers(docker, config)
    name = f"empty-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        # Should its process be killed, it does not come back with the next start of the engine.
        options = ("--driver-opt=restart-policy=no", "--bootstrap")
        docker("buildx", "create", f"--name={name}", *options)
        yield name
    finally:
        # An engine that is gone has nothing running; the next empty builder finds the rest.
        with contextlib.suppress(SandboxError):
            finish_cleanup(lambda: _remove(docker, name))


def clear_leftovers(docker: DockerRunner, config: Path) -> None:
    """Take away the empty builders of processes that were killed.

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
    """A file for each builder that buildx was told to create."""
    return (config / "buildx" / "instances").glob("*")


def _remove(docker: DockerRunner, name: str) -> None:
    """The builder, its container and its volume, as far as each is there."""
    # Before buildx, which would wait for the engine inside to end in good order; and of a start,
    # or a removal, that was cut off buildx does not know what there is.
    docker("rm", "--force", "--volumes", f"{_CONTAINER}{name}0", check=False)
    docker("buildx", "rm", "--force", name, check=False)
    docker("volume", "rm", "--force", f"{_CONTAINER}{name}0_state", check=False)
