"""Sources of an image's blobs, and the simplest of them: a folder.

A source belongs to one image. It returns blobs as streams, so that no layer has to fit into
memory, and checks nothing: the module ``blob`` checks the blobs of all sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sandbox.errors import ImageError, ImageNotFound, UsageError
from sandbox.oci.documents import read_descriptor, read_json
from sandbox.oci.values import Descriptor

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; none at the end."""


class BlobSource(Protocol):
    """The blobs of one image."""

    @property
    def label(self) -> str:
        """The source's name in messages."""

    def root(self) -> Descriptor:
        """The descriptor of the image's index or manifest.

        Raises:
            ImageNotFound: The source has no such image.
        """

    def open(self, descriptor: Descriptor) -> AbstractContextManager[Readable]:
        """A blob as it is stored, from its beginning.

        Raises:
            BlobMissing: The source does not have it.
        """

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """Manifests that name this one as their subject; empty if the source has no such list."""


class BlobMissing(LookupError):
    """A source does not have a blob. This package never raises it to its callers."""


class FolderSource:
    """Blobs in folders: an OCI image layout, or containerd's content store.

    Args:
        folders: The folders that hold ``blobs/sha256/…``; the first one that has a blob is read.
        root: The descriptor of the image's index or manifest.
        label: The source's name in messages.

    Source: OCI Image Layout Specification 1.1.
    """

    def __init__(self, folders: Sequence[Path], root: Descriptor, label: str) -> None:
        self._folders = folders
        self._root = root
        self._label = label

    @property
    def label(self) -> str:
        return self._label

    def root(self) -> Descriptor:
        return self._root

    def open(self, descriptor: Descriptor) -> AbstractContextManager[Readable]:
        algorithm, _, digits = descriptor.digest.partition(":")
        for folder in self._folders:
            try:
                return (folder / "blobs" / algorithm / digits).open("rb")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ImageError(
                    f"The blob {descriptor.digest[:19]}… of {self._label} could not be read: "
                    f"{error.strerror}.",
                    next_step=f"see who owns {folder}: that user started the sandbox",
                ) from error
        raise BlobMissing(descriptor.digest)

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        return ()


def open_layout(folder: Path, name: str | None = None) -> FolderSource:
    """An OCI image layout in a folder, as ``--output type=oci,tar=false`` writes it.

    Args:
        name: The name of one image, needed if the layout holds several.

    Raises:
        ImageNotFound: The layout does not exist, or holds no image of that name.
        ImageError: Its ``index.json`` cannot be read.
        UsageError: It holds several images and ``name`` is None.
    """
    try:
        raw = (folder / "index.json").read_bytes()
    except OSError as error:
        raise ImageNotFound(
            f"There is no OCI image layout in {folder}: {error.strerror}.",
            next_step="make one: docker buildx build --output type=oci,tar=false,dest=FOLDER .",
        ) from error
    return FolderSource([folder], choose(raw, name, str(folder)), str(folder))


def choose(raw: bytes, name: str | None, label: str) -> Descriptor:
    """The image of that name in a layout's ``index.json``; None: the only one. Errors as above."""
    entries: Sequence[dict[str, Any]] = read_json(raw, f"index.json of {label}").get(
        "manifests", ()
    )
    found = {d.digest: d for d in (read_descriptor(e, label) for e in entries)}
    if name is not None:
        found = {digest: d for digest, d in found.items() if name in _names(d) | {digest}}
    names = sorted(n for d in found.values() for n in _names(d) or {d.digest})
    if not found:
        raise ImageNotFound(
            f"There is no image {name or ''}".rstrip() + f" in {label}.",
            next_step="its index.json lists the images that it holds",
        )
    if len(found) > 1:
        raise UsageError(
            f"{label} holds {len(found)} images.", next_step=f"name one of: {', '.join(names)}"
        )
    return next(iter(found.values()))


def _names(descriptor: Descriptor) -> set[str]:
    notes = descriptor.annotations
    return {notes[key] for key in (REF_NAME, CONTAINERD_NAME) if key in notes}
