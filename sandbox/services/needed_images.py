"""Finds the images that a docker command will pull, before the command runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from sandbox.build import bake
from sandbox.build.request import BuildRequest
from sandbox.engine import rootless
from sandbox.engine.client import DockerRunner
from sandbox.engine.paths import Paths
from sandbox.errors import EngineError
from sandbox.images.recipe import wanted
from sandbox.parse.docker_command import read_words
from sandbox.parse.local_dockerfile import trigger_images
from sandbox.services import builders, git

Triggers = Callable[[str], Iterable[str]]


def needed_images(
    argv: Sequence[str],
    request: BuildRequest | None,
    docker: DockerRunner,
    config: Path,
    *,
    env: Mapping[str, str],
    triggers: Triggers,
) -> frozenset[str]:
    """The images that a command may pull. The set may also have words that are not images.

    Args:
        argv: The command's words, with ``docker`` first.
        request: The parsed build; None: the command is not a build.
        docker: Runs the sandbox's docker client, which reads the targets of a bake.
        config: The sandbox's DOCKER_CONFIG.
        env: The command's environment.
        triggers: Returns the ONBUILD instructions of an image; see ``local_triggers``.

    Raises:
        NotRunning: The command is a bake, and the sandbox does not run.
    """
    if request is None:
        images = read_words(argv)
    else:
        images = request.images | git.ask_images(request.command.context)
        images |= bake.ask_images(docker, request, env)
        # Base images of the lab have no ONBUILD instructions.
        for image in images:
            if wanted(image) is None:
                images |= trigger_images(triggers(image))
    if builders.may_start(argv, config, is_build=request is not None):
        images |= {builders.IMAGE}
    return images


def local_triggers(paths: Paths, image: str) -> tuple[str, ...]:
    """The ONBUILD instructions of an image in the engine; none if the engine lacks the image.

    Source: Docker Engine API, ImageInspect.
    """
    with suppress(EngineError):
        answer = rootless.ask(paths, f"/images/{quote(image)}/json")
        return tuple((answer.get("Config") or {}).get("OnBuild") or ())
    return ()
