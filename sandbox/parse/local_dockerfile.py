"""Reads the Dockerfile of a build if it is a file on this machine: its stages and its images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import ParseError
from sandbox.model.stage_graph import StageGraph
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.flags import NamedContext

DOCKERFILE_MAX_BYTES = 1 << 20
"""A larger file is not read here; BuildKit itself refuses it."""
REFERENCE = re.compile(r"(?im)^(?:#\s*syntax\s*=|from(?:\s+--\S+)*)\s*(\S+)")


@dataclass(frozen=True, slots=True)
class LocalDockerfile:
    """A Dockerfile, read before the build.

    Args:
        stages: None when there is no such file, or when BuildKit would reject it.
        images: The images that a build may pull, including the one in ``# syntax=``.
    """

    stages: StageGraph | None
    images: frozenset[str]


def read_local_dockerfile(
    path: Path | None, build_args: Mapping[str, str], contexts: Iterable[NamedContext] = ()
) -> LocalDockerfile:
    """Read a Dockerfile once; errors are left for BuildKit to report.

    Args:
        path: The file; None when the Dockerfile comes from elsewhere.
        build_args: Values of ARGs, which a FROM may use.
        contexts: Named contexts, which replace images and stages.
    """
    try:
        if path is None or path.stat().st_size > DOCKERFILE_MAX_BYTES:
            return LocalDockerfile(None, frozenset())
        return read_dockerfile_text(path.read_bytes(), build_args, contexts)
    except OSError:
        return LocalDockerfile(None, frozenset())


def read_dockerfile_text(
    text: str | bytes, build_args: Mapping[str, str], contexts: Iterable[NamedContext] = ()
) -> LocalDockerfile:
    """As ``read_local_dockerfile``, from the text of a Dockerfile.

    A text with a mistake has no stages. Its images are guessed with a simple search, because
    BuildKit may need them before it reports the mistake.
    """
    try:
        stages = read_dockerfile(text, build_args, contexts)
    except ParseError:
        plain = text if isinstance(text, str) else text.decode(errors="replace")
        return LocalDockerfile(None, frozenset(REFERENCE.findall(plain)))
    images = frozenset({*stages.images, *([stages.syntax] if stages.syntax else [])})
    return LocalDockerfile(stages, images)
