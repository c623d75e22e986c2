"""The images that a docker command is going to pull, before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.build import bake
from sandbox.build.request import BuildRequest
from sandbox.engine.client import DockerRunner
from sandbox.parse.docker_command import read_words
from sandbox.services import builders, git


def needed_images(
    argv: Sequence[str], request: BuildRequest | None, docker: DockerRunner, config: Path
) -> frozenset[str]:
    """Words among which the images of a command are.

    Args:
        argv: The command as typed, ``docker`` first.
        request: The build that the command is; None for any other command.
        docker: The sandbox's client, which a bake's targets are read with.
        config: The sandbox's DOCKER_CONFIG.

    Raises:
        NotRunning: The command is a bake, and there is no engine.
    """
    if request is None:
        images = read_words(argv)
    else:
        images = request.images | git.ask_images(request.command.context)
        images |= bake.ask_images(docker, request.argv, request.cwd)
    if builders.may_start(argv, config, is_build=request is not None):
        images |= {builders.IMAGE}
    return images
