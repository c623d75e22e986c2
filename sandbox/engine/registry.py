"""The sandbox's registry: ``localhost:PORT`` inside and outside, and the mirror of docker.io.

Images are deleted in two steps. ``forget`` removes their names at once, which is safe because the
registry does not cache names in memory. The blobs stay, because other names or a push in progress
may need them. The engine's next start runs the registry's own garbage collector, before the
registry serves and so before anybody can push; ``store`` has to wait for the start.

Source: CNCF distribution 2.8, docs/configuration.md, docs/garbage-collection.md, and
registry/storage/paths.go for where a name's files lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from sandbox import atomic
from sandbox.errors import EngineError, HostError, SetupError, UsageError
from sandbox.media_types import ACCEPT

PATIENCE_S = 20.0
"""How long to wait for an answer. A service that has ended refuses a connection at once. A service
that is silent for less than this is busy: if it counted as dead, `up` would restart the engine
during a build.
"""
UNTIDY = "untidy"
"""A file in the registry's folder: while it exists, there may be blobs without a name."""
_NAMES = "docker/registry/v2/repositories"
_BLOBS = "docker/registry/v2/blobs"
_FIRST_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")


def configuration(port: int) -> str:
    """The YAML configuration for ``docker-registry serve``, which runs inside the sandbox."""
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
    """Whether the registry has an image with this name and this tag or digest.

    Raises:
        EngineError: The registry does not answer.
    """
    status = _status(port, "HEAD", f"/v2/{name}/manifests/{reference}")
    if status is None:
        raise EngineError(
            "The sandbox's registry does not answer.",
            next_step="`sandbox up` restarts it; `sandbox logs registry` shows its log",
        )
    return status == http.client.OK


def first_parts(folder: Path) -> tuple[str, ...]:
    """The parts before the first slash of all image names in the registry, sorted.

    Args:
        folder: The registry's folder.
    """
    return tuple(sorted(path.name for path in (folder / _NAMES).glob("*")))


def forget(folder: Path, first_part: str) -> None:
    """Remove all names that begin with ``FIRST_PART/``, if there are any.

    Nothing may be pushed under such a name meanwhile. If a call is interrupted, a second call
    finishes its work.

    Args:
        folder: The registry's folder.
        first_part: The whole part before the first slash.

    Raises:
        UsageError: ``first_part`` cannot be the first part of an image name.
    """
    names = _below(folder / _NAMES, first_part)
    if names.is_dir():
        # Written first: if this call is interrupted, the collector at worst runs once in vain.
        (folder / UNTIDY).touch()
        with contextlib.suppress(FileNotFoundError):  # another process removes the same names
            shutil.rmtree(names)


def keep(folder: Path, first_part: str, references: Collection[str]) -> None:
    """Remove all tags of names that begin with ``FIRST_PART/``, except for some.

    Nothing may be pushed under such a name meanwhile.

    Args:
        folder: The registry's folder.
        first_part: The whole part before the first slash.
        references: The images to keep, each as ``FIRST_PART/NAME:TAG``.

    Raises:
        UsageError: ``first_part`` cannot be the first part of an image name.
    """
    for reference, tag in _tags(folder, first_part):
        if reference not in references:
            (folder / UNTIDY).touch()
            shutil.rmtree(tag)


def references(folder: Path, first_part: str) -> tuple[str, ...]:
    """All names that begin with ``FIRST_PART/``, each as ``FIRST_PART/NAME:TAG``, sorted.

    Args:
        folder: The registry's folder.
        first_part: The whole part before the first slash.

    Raises:
        UsageError: ``first_part`` cannot be the first part of an image name.
    """
    return tuple(sorted(reference for reference, _ in _tags(folder, first_part)))


def _tags(folder: Path, first_part: str) -> Iterator[tuple[str, Path]]:
    """Every name below, and the folder of its tag."""
    repositories = folder / _NAMES
    for tags in _below(repositories, first_part).rglob("_manifests/tags"):
        name = tags.parents[1].relative_to(repositories).as_posix()
        for tag in tags.iterdir():
            yield f"{name}:{tag.name}", tag


def _below(repositories: Path, first_part: str) -> Path:
    if not _FIRST_PART.fullmatch(first_part):
        raise UsageError(
            f"{first_part!r} is not the first part of an image's name.",
            next_step="give the part before the first slash, as in first-part/app:latest",
        )
    return repositories / first_part


def store(folder: Path, layout: Path, references: Sequence[str]) -> None:
    """Copy an image of an OCI layout into the registry's storage, which is faster than a push.

    The registry does not cache names in memory, so it serves the image at once. The references are
    written last and in their order: if the last one exists, the image is complete.

    Callers hold the lock of the engine's start: its garbage collector would remove blobs that have
    no name yet, and two images may share a blob.

    Args:
        folder: The registry's folder.
        layout: The OCI layout, with a single image in its ``index.json``.
        references: The image's names, each as ``NAME:TAG``.

    Raises:
        SetupError: The layout lacks a blob, or a blob does not have the content of its name.
        HostError: The blobs cannot be written.

    Source: OCI image-spec v1.1, image-layout.md; CNCF distribution 2.8, registry/storage/paths.go.
    """
    try:
        top, manifests, blobs = _read_layout(layout)
        for digest in (*manifests, *blobs):
            _store_blob(folder, layout, digest)
        for reference in references:
            name, _, tag = reference.rpartition(":")
            repository = folder / _NAMES / name
            for digest in manifests:
                _add_link(repository / "_manifests/revisions", digest)
            for digest in blobs:
                _add_link(repository / "_layers", digest)
            tagged = repository / "_manifests/tags" / tag
            _add_link(tagged / "index", top)
            _write_link(tagged / "current", top)
    except OSError as error:
        raise HostError(
            f"A base image could not be copied to {folder}: {error.strerror}.",
            next_step="free disk space there, then repeat the command",
        ) from error


def _read_layout(layout: Path) -> tuple[str, set[str], set[str]]:
    """The digests of a layout's image: its own, those of all manifests, of configs and layers."""
    try:
        (image,) = json.loads((layout / "index.json").read_text())["manifests"]
        top = image["digest"]
        documents = {top: json.loads(_blob(layout, top).read_text())}
        for entry in documents[top].get("manifests", ()):
            documents[entry["digest"]] = json.loads(_blob(layout, entry["digest"]).read_text())
        blobs = {
            blob["digest"]
            for manifest in documents.values()
            if "layers" in manifest
            for blob in (manifest["config"], *manifest["layers"])
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise _damaged(layout) from error
    return top, set(documents), blobs


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _store_blob(folder: Path, layout: Path, digest: str) -> None:
    algorithm, _, digits = digest.partition(":")
    data = folder / _BLOBS / algorithm / digits[:2] / digits / "data"
    if data.exists():
        return
    blob = _blob(layout, digest)
    if not blob.is_file():
        raise _damaged(layout)
    with blob.open("rb") as content:
        if hashlib.file_digest(content, algorithm).hexdigest() != digits:
            raise _damaged(layout)
    data.parent.mkdir(parents=True, exist_ok=True)
    with atomic.made_whole(data) as partial:
        shutil.copyfile(blob, partial)


def _damaged(layout: Path) -> SetupError:
    return SetupError(
        f"A base image in the cache is damaged: {layout}.",
        next_step="remove this folder, then repeat the command, which makes the image again",
    )


def _add_link(folder: Path, digest: str) -> None:
    _write_link(folder / digest.replace(":", "/"), digest)


def _write_link(folder: Path, digest: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write_text(folder / "link", digest)


def _status(port: int, method: str, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, headers={"Accept": ACCEPT})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
