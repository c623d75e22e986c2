"""Reads a blob in pieces, checks its size and digest, and uncompresses it.

At most two pieces of a blob are in memory, even if a layer unpacks to a thousand times its size.
"""

from __future__ import annotations

import hashlib
import http.client
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

import zstandard

from sandbox.errors import ImageError
from sandbox.oci.documents import BUILD_AGAIN
from sandbox.oci.source import BlobMissing, BlobSource, Readable
from sandbox.oci.values import Descriptor

PIECE_BYTES = 1 << 20
_COMPRESSED_BYTES = 1 << 16
"""How much zlib gets at once: it copies what it has not used yet after each piece of output."""
_ARCHIVE_BYTES = 1 << 16
"""How much of an archive is read at once. The library copies the rest after each header."""
DOCUMENT_MAX_BYTES = 128 << 20
"""The maximum size of a JSON document. The largest ones, SBOMs, have some ten million bytes."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def read_document(source: BlobSource, descriptor: Descriptor, what: str) -> bytes:
    """The whole content of a small blob, checked.

    Raises:
        ImageError: The blob is damaged, too large for a document, or missing.
    """
    document = find_document(source, descriptor, what)
    if document is None:
        raise _missing(source, descriptor, what)
    return document


def find_document(source: BlobSource, descriptor: Descriptor, what: str) -> bytes | None:
    """As ``read_document``, but None if the source does not have the blob."""
    if descriptor.size_bytes > DOCUMENT_MAX_BYTES:
        raise ImageError(
            f"The {what} has {descriptor.size_bytes} bytes by its descriptor: too many for a "
            "document.",
            next_step=BUILD_AGAIN,
        )
    try:
        with source.open(descriptor) as stream:
            checked = Checked(stream, descriptor, what)
            parts = []
            while piece := checked.read(PIECE_BYTES):
                parts.append(piece)
            return b"".join(parts)
    except BlobMissing:
        return None


@contextmanager
def open_layer(
    source: BlobSource, descriptor: Descriptor, compression: str, what: str
) -> Iterator[Readable]:
    """Open a layer's uncompressed archive; the digest is checked once the stream has ended.

    Args:
        compression: ``gzip``, ``zstd`` or ``none``.
        what: The layer's name in messages, as ``layer 3 (RUN make)``.

    Raises:
        ImageError: The layer is damaged, compressed in another way, or missing.
    """
    try:
        with source.open(descriptor) as stream:
            checked = Checked(stream, descriptor, what)
            if compression == "gzip":
                yield _Gzip(checked, what)
            elif compression == "zstd":
                yield _Zstd(checked, what)
            else:
                yield checked
    except BlobMissing as error:
        raise _missing(source, descriptor, what) from error


@contextmanager
def open_archive(
    source: BlobSource, descriptor: Descriptor, compression: str, what: str
) -> Iterator[tarfile.TarFile]:
    """Open a layer's archive, to be read once from the first member to the last.

    Raises:
        ImageError: As ``open_layer``.
        tarfile.TarError: The archive is damaged.
    """
    with (
        open_layer(source, descriptor, compression, what) as stream,
        # The library calls read() only, although its types ask for more.
        tarfile.open(
            fileobj=cast("IO[bytes]", stream), mode="r|", bufsize=_ARCHIVE_BYTES
        ) as archive,
    ):
        yield archive


class Checked:
    """A blob's stored bytes, as a stream whose end raises if the size or the digest is wrong."""

    def __init__(self, stream: Readable, descriptor: Descriptor, what: str) -> None:
        self._stream = stream
        self._descriptor = descriptor
        self._what = what
        self._hash = hashlib.sha256()
        self._read_bytes = 0

    def read(self, size: int, /) -> bytes:
        try:
            piece = self._stream.read(size)
        except (OSError, http.client.HTTPException) as error:
            raise _lost(self._what, error) from error
        if piece:
            self._hash.update(piece)
            self._read_bytes += len(piece)
            # Stop at the first byte beyond the expected size: the stream may be endless.
            if self._read_bytes > self._descriptor.size_bytes:
                raise ImageError(
                    f"The {self._what} is longer than the {self._descriptor.size_bytes} bytes that "
                    "its manifest states.",
                    next_step=BUILD_AGAIN,
                )
        else:
            self._check()
        return piece

    def drain(self) -> None:
        """Read the rest, so that the end is checked."""
        while self.read(PIECE_BYTES):
            pass

    def _check(self) -> None:
        if self._read_bytes != self._descriptor.size_bytes:
            raise ImageError(
                f"The {self._what} is cut off: {self._read_bytes} of "
                f"{self._descriptor.size_bytes} bytes are there.",
                next_step=BUILD_AGAIN,
            )
        found = f"sha256:{self._hash.hexdigest()}"
        if found != self._descriptor.digest:
            raise ImageError(
                f"The {self._what} does not match its digest: its bytes have {found[:19]}…, "
                f"the manifest states {self._descriptor.digest[:19]}….",
                next_step=BUILD_AGAIN,
            )


class _Gzip:
    """Uncompresses one gzip member after the other."""

    def __init__(self, stream: Checked, what: str) -> None:
        self._stream = stream
        self._what = what
        self._inflate = zlib.decompressobj(wbits=31)
        self._pending = stream.read(_COMPRESSED_BYTES)
        self._over = False
        if not self._pending.startswith(_GZIP):
            raise _not_as_it_says(what, "gzip")

    def read(self, size: int, /) -> bytes:
        while not self._over:
            if self._inflate.eof:
                self._next_member()
                continue
            try:
                piece = self._inflate.decompress(self._pending, size)
            except zlib.error as error:
                # If the stored bytes are damaged, the digest's error says more.
                self._stream.drain()
                raise _unreadable(self._what, str(error)) from error
            self._pending = self._inflate.unconsumed_tail
            if piece:
                return piece
            if not self._inflate.eof and not self._pending:
                self._pending = self._stream.read(_COMPRESSED_BYTES)
                if not self._pending:
                    raise _unreadable(self._what, "its compressed data ends in the middle")
        return b""

    def _next_member(self) -> None:
        self._pending = self._inflate.unused_data or self._stream.read(_COMPRESSED_BYTES)
        # The last block may be padded with zeros. Source: GNU gzip manual, 2.3 Tapes.
        if self._pending.strip(b"\0"):
            self._inflate = zlib.decompressobj(wbits=31)
        else:
            self._stream.drain()
            self._over = True


class _Zstd:
    """Uncompresses one zstd frame after the other."""

    def __init__(self, stream: Checked, what: str) -> None:
        self._stream = stream
        self._what = what
        first = stream.read(PIECE_BYTES)
        if not first.startswith(_ZSTD):
            raise _not_as_it_says(what, "zstd")
        self._inflate = zstandard.ZstdDecompressor().stream_reader(
            # The library calls read() only, although its types ask for more.
            cast("IO[bytes]", _Rest(first, stream)),
            read_size=PIECE_BYTES,
            read_across_frames=True,
        )

    def read(self, size: int, /) -> bytes:
        try:
            piece: bytes = self._inflate.read(size)
        except zstandard.ZstdError as error:
            self._stream.drain()
            raise _unreadable(self._what, str(error)) from error
        if not piece:
            self._stream.drain()
        return piece


class _Rest:
    """A stream that begins with a piece that was already read from another stream."""

    def __init__(self, first: bytes, stream: Readable) -> None:
        self._first = first
        self._stream = stream

    def read(self, size: int = PIECE_BYTES, /) -> bytes:
        if self._first:
            piece, self._first = self._first[:size], self._first[size:]
            return piece
        return self._stream.read(size)


def _missing(source: BlobSource, descriptor: Descriptor, what: str) -> ImageError:
    return ImageError(
        f"The {what} is not in {source.label}: {descriptor.digest[:19]}… is missing there.",
        next_step=BUILD_AGAIN,
    )


def _lost(what: str, error: Exception) -> ImageError:
    return ImageError(
        f"The {what} could not be read: {error or type(error).__name__}.",
        next_step="try again; `sandbox status` shows whether the engine and its registry answer",
    )


def _not_as_it_says(what: str, compression: str) -> ImageError:
    return ImageError(
        f"The {what} is not {compression}, as its media type says.", next_step=BUILD_AGAIN
    )


def _unreadable(what: str, why: str) -> ImageError:
    return ImageError(f"The {what} cannot be uncompressed: {why}.", next_step=BUILD_AGAIN)
