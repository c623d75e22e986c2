"""A build as it was typed: its command line and its Dockerfile, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.model.stage_graph import StageGraph
from sandbox.parse.docker_command import BAKE, BuildCommand, read_bake, read_command
from sandbox.parse.local_dockerfile import read_local_dockerfile


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
        return self.command.words in BAKE


def read_request(argv: Sequence[str], cwd: Path) -> BuildRequest | None:
    """Read a command line and its Dockerfile; None when the command is not a build.

    Args:
        argv: The command line as typed, beginning with ``docker``.
        cwd: The folder that paths in it are relative to.
    """
    command = read_command(argv) or read_bake(argv)
    if command is None:
        return None
    dockerfile = read_local_dockerfile(
        command.dockerfile(cwd), command.build_args, command.contexts
    )
    scanner = frozenset() if command.scanner is None else frozenset({command.scanner})
    return BuildRequest(tuple(argv), cwd, command, dockerfile.stages, dockerfile.images | scanner)
