"""Reads the Dockerfile of a build if it is a file on this machine: its stages and its images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import ParseError
from sandbox.model.stage_graph import StageGraph
from sandbox.parse.dockerfile import read_dockerfile
from sandbox.parse.flags import NamedContext

DOCKERFILE_MAX_BYTES = 1 << 20
"""A larger file is not read here; BuildKit itself refuses it."""
SYNTAX_ARGUMENT = "BUILDKIT_SYNTAX"
"""The build argument that names a front end in place of ``# syntax=``."""
REFERENCE = re.compile(r"(?im)^(?:#\s*syntax\s*=|from(?:\s+--\S+)*)\s*(\S+)")


@dataclass(frozen=True, slots=True)
class LocalDockerfile:
    """A Dockerfile, read before the build.

    Args:
        stages: None when there is no such file, or when BuildKit would reject it.
        images: The images that a build may pull, including the front end's and those of the
            ONBUILD instructions that run.
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
        if path is not None and path.stat().st_size <= DOCKERFILE_MAX_BYTES:
            return read_dockerfile_text(path.read_bytes(), build_args, contexts)
    except OSError:
        pass
    return LocalDockerfile(None, _front_end(None, build_args))


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
        guessed = frozenset(REFERENCE.findall(plain))
        return LocalDockerfile(None, guessed | _front_end(None, build_args))
    return LocalDockerfile(stages, frozenset(stages.images) | _front_end(stages.syntax, build_args))


def trigger_images(triggers: Iterable[str]) -> frozenset[str]:
    """The images that ONBUILD instructions name; stages of the build that runs them count, too.

    Args:
        triggers: The instructions, such as ``COPY --from=lab/git /usr/bin/git /usr/bin/``.
    """
    found: set[str] = set()
    for trigger in set(triggers):
        with suppress(ParseError):
            found.update(read_dockerfile(f"FROM scratch\n{trigger}\n").images)
    return frozenset(found)


def _front_end(syntax: str | None, build_args: Mapping[str, str]) -> frozenset[str]:
    """The image of the front end, if a ``# syntax=`` or a build argument names one."""
    named = build_args.get(SYNTAX_ARGUMENT) or syntax
    return frozenset({named} if named else ())
