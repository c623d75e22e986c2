"""Finds the images that a docker command will pull, before the command runs."""

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
    """The images that a command may pull. The set may also have words that are not images.

    Args:
        argv: The command's words, with ``docker`` first.
        request: The parsed build; None: the command is not a build.
        docker: Runs the sandbox's docker client, which reads the targets of a bake.
        config: The sandbox's DOCKER_CONFIG.

    Raises:
        NotRunning: The command is a bake, and the sandbox does not run.
    """
    if request is None:
        images = read_words(argv)
    else:
        images = request.images | git.ask_images(request.command.context)
        images |= bake.ask_images(docker, request.argv, request.cwd)
    if builders.may_start(argv, config, is_build=request is not None):
        images |= {builders.IMAGE}
    return images
