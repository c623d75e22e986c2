"""The sandbox's registry: ``localhost:PORT`` on both sides, and the mirror of docker.io.

What nobody needs any more leaves it in two steps. ``forget`` takes the names away at once, of
which the registry keeps nothing in memory. The blobs behind them may belong to other names as
well, or to a push that is under way, so they stay until nobody can push: the engine's next start
has the registry's own garbage collector remove them, before it serves.

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
"""A service that is gone refuses at once; one that is silent for less than this is only busy,
and must not be taken for dead: `up` would end the engine in the middle of somebody's build."""
UNTIDY = "untidy"
"""A file in the registry's folder: blobs may lie there that belong to no name any more."""
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
    """Whether the registry holds an image of that name and tag or digest.

    Raises:
        EngineError: It does not answer.
    """
    status = _status(port, "HEAD", f"/v2/{name}/manifests/{reference}")
    if status is None:
        raise EngineError(
            "The sandbox's registry does not answer.",
            next_step="`sandbox up` mends it; `sandbox logs registry` shows what it said",
        )
    return status == http.client.OK


def first_parts(folder: Path) -> tuple[str, ...]:
    """What stands before the first slash in the names of all that was pushed.

    Args:
        folder: Of the registry.
    """
    return tuple(sorted(path.name for path in (folder / _NAMES).glob("*")))


def forget(folder: Path, first_part: str) -> None:
    """Take all names away that begin with ``FIRST_PART/``; fine when there are none.

    Nothing may be pushed there meanwhile. Cut off, it can be called again.

    Args:
        folder: Of the registry.
        first_part: What stands before the first slash, whole.

    Raises:
        UsageError: It is no such part of a name.
    """
    if not _FIRST_PART.fullmatch(first_part):
        raise UsageError(
            f"{first_part!r} is not the first part of an image's name.",
            next_step="give what stands before the first slash, as in first-part/app:latest",
        )
    names = folder / _NAMES / first_part
    if names.is_dir():
        # Written first: cut off afterwards, the collector runs once in vain at the worst.
        (folder / UNTIDY).touch()
        with contextlib.suppress(FileNotFoundError):  # another process forgets the same
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
