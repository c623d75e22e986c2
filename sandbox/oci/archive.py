"""An image in a tar archive: ``docker image save`` and ``--output type=oci,dest=image.tar``."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sandbox.errors import ImageError, ImageNotFound
from sandbox.oci.documents import BUILD_AGAIN
from sandbox.oci.source import BlobMissing, Readable, choose
from sandbox.oci.values import Descriptor


class ArchiveSource:
    """Blobs in a tar archive, read where they lie: nothing is unpacked.

    Args:
        path: The archive.
        places: Where each blob is in it: digest to offset and size in bytes.
        root: What the image begins with.
    """

    def __init__(self, path: Path, places: dict[str, tuple[int, int]], root: Descriptor) -> None:
        self._path = path
        self._places = places
        self._root = root

    @property
    def label(self) -> str:
        return str(self._path)

    def root(self) -> Descriptor:
        return self._root

    def open(self, descriptor: Descriptor) -> AbstractContextManager[Readable]:
        if descriptor.digest not in self._places:
            raise BlobMissing(descriptor.digest)
        return self._part(*self._places[descriptor.digest])

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        return ()

    @contextmanager
    def _part(self, offset: int, size_bytes: int) -> Iterator[Readable]:
        with self._path.open("rb") as archive:
            archive.seek(offset)
            yield _Part(archive, size_bytes)


class _Part:
    """So many bytes of a stream."""

    def __init__(self, stream: Readable, size_bytes: int) -> None:
        self._stream = stream
        self._left_bytes = size_bytes

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(min(size, self._left_bytes))
        self._left_bytes -= len(piece)
        return piece


def open_archive(path: Path, name: str | None = None) -> ArchiveSource:
    """An OCI image layout in a tar archive, uncompressed.

    Args:
        name: Of one image in it, where it holds several.

    Raises:
        ImageNotFound: There is no archive, or no image of that name in it.
        ImageError: It is not an archive of that kind.
        UsageError: It holds several images and ``name`` is None.
    """
    places: dict[str, tuple[int, int]] = {}
    index: bytes | None = None
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                folder, _, digits = member.name.removeprefix("./").rpartition("/")
                if member.isfile() and folder.startswith("blobs/"):
                    digest = f"{folder.removeprefix('blobs/')}:{digits}"
                    places[digest] = (member.offset_data, member.size)
                elif member.name.removeprefix("./") == "index.json":
                    index = archive.extractfile(member).read()  # type: ignore[union-attr]
    except OSError as error:
        raise ImageNotFound(
            f"There is no image archive {path}: {error.strerror}.",
            next_step="make one: docker buildx build --output type=oci,dest=image.tar .",
        ) from error
    except tarfile.TarError as error:
        raise ImageError(
            f"{path} is not a tar archive: {error}.", next_step="uncompress it, or make it again"
        ) from error
    if index is None:
        raise ImageError(f"{path} has no index.json: no OCI image.", next_step=BUILD_AGAIN)
    return ArchiveSource(path, places, choose(index, name, str(path)))
