"""Blobs are checked while they are read, and uncompressed in pieces of bounded size."""

from __future__ import annotations

import gzip
import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import zstandard

from sandbox.errors import ImageError
from sandbox.oci import Descriptor
from sandbox.oci.blob import PIECE_BYTES, open_layer, read_document
from sandbox.oci.source import BlobMissing, Readable

DATA = bytes(range(256)) * 5000


class OneBlob:
    """A source with a single blob, which may not be what the descriptor says."""

    label = "a test"

    def __init__(self, stored: bytes | None) -> None:
        self.stored = stored

    def root(self) -> Descriptor:
        raise NotImplementedError

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        raise NotImplementedError

    def open(self, descriptor: Descriptor) -> AbstractContextManager[Readable]:
        if self.stored is None:
            raise BlobMissing
        return self._open(self.stored)

    @contextmanager
    def _open(self, stored: bytes) -> Iterator[Readable]:
        yield io.BytesIO(stored)


def described(blob: bytes) -> Descriptor:
    return Descriptor("", f"sha256:{hashlib.sha256(blob).hexdigest()}", len(blob))


def uncompressed(
    stored: bytes | None, compression: str, descriptor: Descriptor | None = None
) -> bytes:
    descriptor = descriptor or described(stored or b"")
    with open_layer(OneBlob(stored), descriptor, compression, "layer 1") as stream:
        return b"".join(iter(lambda: stream.read(PIECE_BYTES), b""))


PACKED = {
    "gzip": gzip.compress(DATA),
    "zstd": zstandard.compress(DATA),
    "none": DATA,
}


@pytest.mark.parametrize("compression", PACKED)
def test_comes_out_as_it_went_in(compression: str) -> None:
    assert uncompressed(PACKED[compression], compression) == DATA


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_several_members_or_frames(compression: str) -> None:
    assert uncompressed(PACKED[compression] * 3, compression) == DATA * 3


def test_zeros_after_the_last_gzip_member() -> None:
    assert uncompressed(PACKED["gzip"] + bytes(512), "gzip") == DATA


@pytest.mark.parametrize("compression", PACKED)
def test_cut_off_in_storage(compression: str) -> None:
    whole = PACKED[compression]
    with pytest.raises(ImageError, match=f"layer 1 is cut off: .* of {len(whole)} bytes are there"):
        uncompressed(whole[:-100], compression, described(whole))


def test_cut_off_before_it_was_stored() -> None:
    with pytest.raises(ImageError, match="layer 1 cannot be uncompressed: its compressed data end"):
        uncompressed(PACKED["gzip"][:-100], "gzip")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_not_compressed_as_it_says(compression: str) -> None:
    with pytest.raises(ImageError, match=f"layer 1 is not {compression}, as its media type says"):
        uncompressed(DATA, compression)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_damaged_before_it_was_stored(compression: str) -> None:
    whole = bytearray(PACKED[compression])
    whole[len(whole) // 2 :] = b"\xff" * (len(whole) - len(whole) // 2)
    with pytest.raises(ImageError, match="layer 1 cannot be uncompressed"):
        uncompressed(bytes(whole), compression)


@pytest.mark.parametrize("compression", PACKED)
def test_a_digest_that_does_not_match(compression: str) -> None:
    whole = PACKED[compression]
    damaged = whole[:-1] + bytes([whole[-1] ^ 1])
    with pytest.raises(ImageError, match="layer 1 does not match its digest") as caught:
        uncompressed(damaged, compression, described(whole))
    assert "docker" in caught.value.next_step


def test_longer_than_its_descriptor_says() -> None:
    with pytest.raises(ImageError, match="longer than the 1280000 bytes"):
        uncompressed(DATA + b"x", "none", described(DATA))


def test_a_blob_that_is_not_there() -> None:
    with pytest.raises(ImageError, match="layer 1 is not in a test"):
        uncompressed(None, "gzip")
    with pytest.raises(ImageError, match="config is not in a test"):
        read_document(OneBlob(None), described(b"{}"), "config")


class Breaking(OneBlob):
    """Its connection breaks in the middle."""

    @contextmanager
    def _open(self, stored: bytes) -> Iterator[Readable]:
        yield self

    def read(self, size: int, /) -> bytes:
        raise ConnectionResetError("Connection reset by peer")


def test_a_connection_that_breaks() -> None:
    with pytest.raises(ImageError, match="config could not be read: Connection reset") as caught:
        read_document(Breaking(DATA), described(DATA), "config")
    assert "try again" in caught.value.next_step


def test_a_document_of_absurd_size_is_not_read() -> None:
    huge = Descriptor("", "sha256:" + "0" * 64, 1 << 40)
    with pytest.raises(ImageError, match="too many for a document"):
        read_document(OneBlob(b"{}"), huge, "config")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_what_unpacks_to_a_thousand_times_its_size_stays_small(compression: str) -> None:
    zeros = bytes(64 << 20)
    packed = gzip.compress(zeros) if compression == "gzip" else zstandard.compress(zeros)
    expected = len(zeros)
    del zeros
    tracemalloc.start()
    try:
        with open_layer(OneBlob(packed), described(packed), compression, "layer 1") as stream:
            size = sum(map(len, iter(lambda: stream.read(PIECE_BYTES), b"")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == expected
    assert peak < expected / 8
