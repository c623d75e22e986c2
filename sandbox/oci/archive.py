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
    """Blobs in a tar archive, read in place: nothing is unpacked.

    Args:
        path: The archive.
        places: Digest of each blob to its offset and size in the archive, in bytes.
        root: Descriptor of the image's index or manifest.
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
    """The next ``size_bytes`` bytes of a stream, as a stream."""

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
        name: The name of one image, needed if the archive holds several.

    Raises:
        ImageNotFound: The archive does not exist, or holds no image of that name.
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
        raise ImageError(
            f"{path} is not an OCI image: it has no index.json.", next_step=BUILD_AGAIN
        )
    return ArchiveSource(path, places, choose(index, name, str(path)))
