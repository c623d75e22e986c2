"""A build as it was typed: its command line and its Dockerfile, each read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sandbox.model.stage_graph import StageGraph
from sandbox.parse import flags
from sandbox.parse.docker_command import NO_VARIABLES, BuildCommand, read_bake, read_command
from sandbox.parse.local_dockerfile import (
    LocalDockerfile,
    read_dockerfile_text,
    read_local_dockerfile,
)
from sandbox.parse.stdin_dockerfile import read_stdin_dockerfile


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One ``docker buildx build`` or ``bake``; everything that runs or shows it takes this value.

    Args:
        argv: The command line as it was typed, ``docker`` first.
        cwd: The folder that paths in the command line are relative to.
        command: The parsed command line.
        stages: The Dockerfile's stages when the request was read; None for a bake, and for a
            Dockerfile that is elsewhere or that BuildKit will refuse.
        images: The images that the command line and the Dockerfile name. Those of a bake are
            known to buildx alone; see ``sandbox.build.bake``.
    """

    argv: tuple[str, ...]
    cwd: Path
    command: BuildCommand
    stages: StageGraph | None
    images: frozenset[str]

    @property
    def is_bake(self) -> bool:
        return self.command.kind == "bake"


def read_request(
    argv: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] = NO_VARIABLES,
    stdin: BinaryIO | None = None,
) -> BuildRequest | None:
    """Read a command line and its Dockerfile; None when the command is not a build.

    Args:
        argv: The command line as typed, beginning with ``docker``.
        cwd: The folder that paths in it are relative to.
        env: The command's environment.
        stdin: The command's standard input, as a file that can be read again; None: empty.
    """
    command = read_command(argv, env) or read_bake(argv)
    if command is None:
        return None
    dockerfile = _read_dockerfile(command, cwd, stdin)
    replaced = {context.key for context in command.contexts}
    images = {image for image in dockerfile.images if flags.image_key(image) not in replaced}
    others = (command.scanner, *(context.image for context in command.contexts))
    images.update(image for image in others if image is not None)
    return BuildRequest(tuple(argv), cwd, command, dockerfile.stages, frozenset(images))


def _read_dockerfile(command: BuildCommand, cwd: Path, stdin: BinaryIO | None) -> LocalDockerfile:
    if command.kind == "build" and command.reads_stdin and stdin is not None:
        text = read_stdin_dockerfile(stdin, command)
        if text is not None:
            return read_dockerfile_text(text, command.build_args, command.contexts)
    path = command.dockerfile(cwd)
    return read_local_dockerfile(path, command.build_args, command.contexts)
