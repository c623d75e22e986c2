"""A compressed file in a layer, looked into while the layer is read."""

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
"""Of one file, uncompressed: looked into however long it takes."""
MOST_BYTES = 1 << 30
"""The same while there is patience: a small file can unpack to more than there is time for."""
PATIENCE_S = 20.0
"""For all files of a layer together."""
_LOCAL_HEADER = re.compile(rb"PK\x03\x04.{4}\x08\x00.{16}(..)(..)", re.DOTALL)
"""Of a deflated member of a zip archive, to the lengths of its name and of its extra field.

Source: APPNOTE.TXT of PKWARE, 4.3.7.
"""
_ZLIB_HEADER = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
"""Source: RFC 1950, 2.2, with the window that every program uses."""
_LONGEST_HEADER = 30
_STEP_BYTES = 1 << 14
_DAMAGED = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class _Unpacked(Protocol):
    """A compressed file as it is read: each call gives what one step unpacks, nothing at the end.

    A ``read`` that fills its buffer would lose what comes before a damage.
    """

    def read1(self, size: int, /) -> bytes: ...


class _Deflated:
    """All deflated streams in a file, one after the other, whatever lies between them.

    Of a zip archive those are the members that are compressed; the others can be read as they are.

    Args:
        stream: The file.
        header: Matches where a stream begins.
        skipped: Bytes from there to the stream itself.
        window_bits: As zlib wants them: whether the stream has a header of its own.
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
        """Where to look on if this is no stream after all; None once it is seen to be one."""

    def read1(self, size: int, /) -> bytes:
        while self._inflate is not None or self._begin():
            if piece := self._step(size):
                return piece
        return b""

    def _begin(self) -> bool:
        """Go to the next stream; false if there is none."""
        while (found := self._header.search(self._buffer, self._at)) is None:
            # The beginning of a header may be the last that there is so far.
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
        """Unpack a little more of the stream, and leave it where it ends."""
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
    # A file of git's that holds many objects, each of them compressed.
    b"PACK": ("zlib", _zlib),
    **{bytes((0x78, level)): ("zlib", _zlib) for level in (0x01, 0x5E, 0x9C, 0xDA)},
}
"""First bytes of a compressed file → what it is called, and what reads it."""


class _Content:
    """The next bytes of a tape as a file of their own."""

    def __init__(self, tape: Tape, size_bytes: int) -> None:
        self._tape = tape
        self._left = size_bytes

    def read(self, size: int = -1, /) -> bytes:
        piece = self._tape.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(piece)
        return piece


class _UpToTheDamage:
    """What can be unpacked: it may be no such file after all, or a part of one."""

    def __init__(self, unpacked: _Unpacked) -> None:
        self._unpacked = unpacked

    def read(self, size: int, /) -> bytes:
        try:
            return self._unpacked.read1(size)
        except _DAMAGED:
            return b""


class Unpacker:
    """Looks into the compressed files of one layer."""

    def __init__(self) -> None:
        self._left_s = PATIENCE_S

    def search(self, tape: Tape, size_bytes: int) -> tuple[Hit, ...]:
        """What the next file on a tape holds once it is uncompressed; nothing if it is not.

        Hits count from where the uncompressed file would begin, if it lay there in its place.

        Args:
            tape: Stands at the file's first byte, and afterwards somewhere in the file.
            size_bytes: Of the file, as it is stored.
        """
        start, first = tape.offset, tape.peek(min(size_bytes, max(map(len, _UNPACK))))
        found = next((how for magic, how in _UNPACK.items() if first.startswith(magic)), None)
        if found is None:
            return ()
        name, unpack = found
        # They ask for no more than read(), whatever their types say.
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
