"""The sandbox's registry: ``localhost:PORT`` on both sides, and the mirror of docker.io.

Images are removed in two steps. ``forget`` removes the names at once; the registry keeps none of
them in memory. The blobs may belong to other names, or to a push in progress, so they stay until
nobody can push: at the engine's next start, the registry's own garbage collector removes them
before the registry serves.

Source: CNCF distribution 2.8, docs/configuration.md, docs/garbage-collection.md, and
registry/storage/paths.go for where a name's files lie.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import shutil
from pathlib import Path

from sandbox.errors import EngineError, UsageError

PATIENCE_S = 20.0
"""A stopped service refuses connections at once. One that is silent for less than this is busy,
and must not be taken for dead: `up` would end the engine in the middle of a build."""
UNTIDY = "untidy"
"""A file in the registry's folder, there when blobs may no longer belong to any name."""
_NAMES = "docker/registry/v2/repositories"
_FIRST_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")


def configuration(port: int) -> str:
    """YAML for ``docker-registry serve``, inside the sandbox."""
    return (
        "version: 0.1\n"
        "log: {level: warn, accesslog: {disabled: true}}\n"
        "storage:\n"
        "  filesystem: {rootdirectory: /lab/registry}\n"
        "  delete: {enabled: true}\n"
        f'http: {{addr: ":{port}", secret: "only one instance"}}\n'
    )


def answers(port: int) -> bool:
    """Whether a registry answers at ``localhost:PORT``."""
    return _status(port, "GET", "/v2/") == http.client.OK


def has(port: int, name: str, reference: str) -> bool:
    """Whether the registry has an image of that name and tag or digest.

    Raises:
        EngineError: The registry does not answer.
    """
    status = _status(port, "HEAD", f"/v2/{name}/manifests/{reference}")
    if status is None:
        raise EngineError(
            "The sandbox's registry does not answer.",
            next_step="`sandbox up` starts it again; `sandbox logs registry` shows its messages",
        )
    return status == http.client.OK


def first_parts(folder: Path) -> tuple[str, ...]:
    """The parts before the first slash of all names in the registry.

    Args:
        folder: Of the registry.
    """
    return tuple(sorted(path.name for path in (folder / _NAMES).glob("*")))


def forget(folder: Path, first_part: str) -> None:
    """Remove all names that begin with ``FIRST_PART/``, if there are any.

    Nothing may be pushed under them meanwhile. After an interruption, call it again.

    Args:
        folder: Of the registry.
        first_part: The part of a name before the first slash.

    Raises:
        UsageError: This cannot be a part of a name.
    """
    if not _FIRST_PART.fullmatch(first_part):
        raise UsageError(
            f"{first_part!r} is not the first part of an image's name.",
            next_step="give the part before the first slash, as in first-part/app:latest",
        )
    names = folder / _NAMES / first_part
    if names.is_dir():
        # Written first: at worst, after an interruption, the collector runs once in vain.
        (folder / UNTIDY).touch()
        with contextlib.suppress(FileNotFoundError):  # another process removes the same names
            shutil.rmtree(names)


def _status(port: int, method: str, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
