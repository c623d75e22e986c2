"""A compressed file in a layer, looked into while the layer is read."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, cast

import zstandard

from sandbox.oci.source import Readable
from sandbox.oci.tape import Hit, Tape

MOST_BYTES = 64 << 20
"""Of one file, uncompressed: a small file can unpack to more than there is time for."""
_UNPACK: Mapping[bytes, tuple[str, Callable[[IO[bytes]], Readable]]] = {
    b"\x1f\x8b\x08": ("gzip", lambda stream: gzip.GzipFile(fileobj=stream)),
    b"\x28\xb5\x2f\xfd": (
        "zstd",
        lambda stream: zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True),
    ),
    b"\xfd7zXZ\0": ("xz", lzma.LZMAFile),
    b"BZh": ("bzip2", bz2.BZ2File),
}
"""First bytes of a compressed file → what it is called, and what reads it."""
_DAMAGED = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class _Content:
    """The next bytes of a tape as a file of their own."""

    def __init__(self, tape: Tape, size_bytes: int) -> None:
        self._tape = tape
        self._left = size_bytes

    def read(self, size: int = -1, /) -> bytes:
        piece = self._tape.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(piece)
        return piece


def search_packed(tape: Tape, size_bytes: int) -> tuple[Hit, ...]:
    """What the next file on a tape holds once it is uncompressed; nothing if it is not compressed.

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
    inner = Tape(unpack(cast("IO[bytes]", _Content(tape, size_bytes))), tape.forms)
    # It may be no such file after all, or one that nobody can unpack any further.
    with contextlib.suppress(*_DAMAGED):
        inner.drain(at_most=MOST_BYTES)
    return tuple(
        replace(hit, offset=start + hit.offset, form=f"{hit.form} in {name}" if hit.form else name)
        for hit in inner.section()
    )
