"""Searches compressed files of a layer while the layer is read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Protocol, cast

import zstandard

from sandbox.oci.blob import PIECE_BYTES
from sandbox.oci.tape import Hit, Tape

LEAST_BYTES = 64 << 20
"""Uncompressed bytes of one file that are always searched, however long it takes."""
MOST_BYTES = 1 << 30
"""The limit before ``PATIENCE_S`` is over: a small file can unpack to a very large one."""
PATIENCE_S = 20.0
"""Seconds for the search in all files of a layer, together."""
_LOCAL_HEADER = re.compile(rb"PK\x03\x04.{4}\x08\x00.{16}(..)(..)", re.DOTALL)
"""The header of a deflated member of a zip archive, up to the lengths of name and extra field.

Source: APPNOTE.TXT of PKWARE, 4.3.7.
"""
_ZLIB_HEADER = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
"""The header of a zlib stream with the usual window. Source: RFC 1950, 2.2."""
_LONGEST_HEADER = 30
_STEP_BYTES = 1 << 14
_DAMAGED = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class _Unpacked(Protocol):
    """A compressed file: each call returns the bytes of one step, none at the end.

    A ``read`` that fills its buffer would lose the bytes before a damaged part.
    """

    def read1(self, size: int, /) -> bytes: ...


class _Deflated:
    """All deflated streams of a file, one after the other, without the bytes between them.

    In a zip archive those are the compressed members; the others are readable as they are.

    Args:
        stream: The file.
        header: Matches the header of a stream.
        skipped: The number of bytes from the header's begin to the stream.
        window_bits: zlib's ``wbits``: whether the stream has a zlib header.
    """

    def __init__(
        self,
        stream: IO[bytes],
        header: re.Pattern[bytes],
        skipped: Callable[[re.Match[bytes]], int],
        window_bits: int,
    ) -> None:
        self._stream = stream
        self._header = header
        self._skipped = skipped
        self._window_bits = window_bits
        self._buffer = b""
        self._at = 0  # in the buffer
        self._inflate: zlib._Decompress | None = None
        self._otherwise: int | None = None
        """Where to continue the search if this is not a stream; None: this is a stream."""

    def read1(self, size: int, /) -> bytes:
        while self._inflate is not None or self._begin():
            if piece := self._step(size):
                return piece
        return b""

    def _begin(self) -> bool:
        """Go to the next stream; False if there are no more streams."""
        while (found := self._header.search(self._buffer, self._at)) is None:
            # The buffer may end with the beginning of a header.
            self._at = max(self._at, len(self._buffer) - _LONGEST_HEADER)
            if not self._refill():
                return False
        self._at, skipped = found.start(), self._skipped(found)
        while len(self._buffer) - self._at <= skipped:
            if not self._refill():
                return False
        self._otherwise = self._at + 1
        self._at += skipped
        self._inflate = zlib.decompressobj(self._window_bits)
        return True

    def _step(self, size: int) -> bytes:
        """Unpack the next piece of the stream; at the stream's end, continue after the stream."""
        assert self._inflate is not None
        inflate, packed = self._inflate, self._buffer[self._at : self._at + _STEP_BYTES]
        if not packed:
            if self._refill():
                return b""
            self._inflate = None
            return inflate.flush()
        try:
            piece = inflate.decompress(packed, size)
        except zlib.error:
            self._inflate = None
            self._at = self._at if self._otherwise is None else self._otherwise
            return b""
        self._at += len(packed) - len(inflate.unused_data or inflate.unconsumed_tail)
        self._otherwise = None
        if inflate.eof:
            self._inflate = None
        return piece

    def _refill(self) -> bool:
        piece = self._stream.read(PIECE_BYTES)
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)


def _zip(stream: IO[bytes]) -> _Deflated:
    def skipped(found: re.Match[bytes]) -> int:
        return _LONGEST_HEADER + sum(int.from_bytes(length, "little") for length in found.groups())

    return _Deflated(stream, _LOCAL_HEADER, skipped, -zlib.MAX_WBITS)


def _zlib(stream: IO[bytes]) -> _Deflated:
    return _Deflated(stream, _ZLIB_HEADER, lambda _: 0, zlib.MAX_WBITS)


_UNPACK: Mapping[bytes, tuple[str, Callable[[IO[bytes]], _Unpacked]]] = {
    b"\x1f\x8b\x08": ("gzip", lambda stream: gzip.GzipFile(fileobj=stream)),
    b"\x28\xb5\x2f\xfd": (
        "zstd",
        lambda stream: zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True),
    ),
    b"\xfd7zXZ\0": ("xz", lzma.LZMAFile),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"PK\x03\x04": ("zip", _zip),
    # A git pack holds many objects, each compressed on its own.
    b"PACK": ("zlib", _zlib),
    **{bytes((0x78, level)): ("zlib", _zlib) for level in (0x01, 0x5E, 0x9C, 0xDA)},
}
"""First bytes of a compressed file → the format's name and its reader."""


class _Content:
    """The next bytes of a tape, as a file."""

    def __init__(self, tape: Tape, size_bytes: int) -> None:
        self._tape = tape
        self._left = size_bytes

    def read(self, size: int = -1, /) -> bytes:
        piece = self._tape.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(piece)
        return piece


class _UpToTheDamage:
    """The bytes that can be unpacked: the file may be damaged, or of another format."""

    def __init__(self, unpacked: _Unpacked) -> None:
        self._unpacked = unpacked

    def read(self, size: int, /) -> bytes:
        try:
            return self._unpacked.read1(size)
        except _DAMAGED:
            return b""


class Unpacker:
    """Searches the compressed files of one layer."""

    def __init__(self) -> None:
        self._left_s = PATIENCE_S

    def search(self, tape: Tape, size_bytes: int) -> tuple[Hit, ...]:
        """Hits in the next file of a tape, uncompressed; none if the file is not compressed.

        Offsets of hits are as if the uncompressed file lay in the place of the stored one.

        Args:
            tape: At the file's first byte; afterwards somewhere in the file.
            size_bytes: Size of the file, as it is stored.
        """
        start, first = tape.offset, tape.peek(min(size_bytes, max(map(len, _UNPACK))))
        found = next((how for magic, how in _UNPACK.items() if first.startswith(magic)), None)
        if found is None:
            return ()
        name, unpack = found
        # The libraries call read() only, although their types ask for more.
        content = cast("IO[bytes]", _Content(tape, size_bytes))
        inner = Tape(_UpToTheDamage(unpack(content)), tape.forms)
        self._drain(inner)
        return tuple(
            replace(
                hit, offset=start + hit.offset, form=f"{hit.form} in {name}" if hit.form else name
            )
            for hit in inner.section()
        )

    def _drain(self, inner: Tape) -> None:
        began_s, before = time.monotonic(), -1
        while before < inner.offset < MOST_BYTES:
            before = inner.offset
            inner.drain(at_most=LEAST_BYTES)
            if time.monotonic() - began_s > self._left_s:
                break
        self._left_s -= time.monotonic() - began_s
