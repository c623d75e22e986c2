"""A stream of bytes that is read from front to back once, and searched on the way."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.oci.blob import PIECE_BYTES
from sandbox.oci.source import Readable


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the sought bytes begin for the first time in a section, and how often they do."""

    offset: int
    occurrences: int


class CutOff(Exception):
    """The stream ended before what was asked for. Never leaves this package."""


class Tape:
    """Reads a stream and looks for bytes in each section of it.

    A match belongs to the section that it begins in, wherever it ends. What lies between
    two pieces of the stream is found as well: the last bytes of a piece, one fewer than the
    needle has, stay until the next one is there.

    Args:
        stream: Is read, never sought in.
        needle: To look for; None for nothing.
    """

    def __init__(self, stream: Readable, needle: bytes | None = None) -> None:
        self._stream = stream
        self._needle = needle
        self._ahead = len(needle) - 1 if needle else 0
        self._buffer = b""
        self._at = 0  # in the buffer
        self._ended = False
        self._first: int | None = None
        self._count = 0
        self.offset = 0
        """In the stream."""

    def take(self, size: int) -> bytes:
        """Exactly so many bytes. For little: headers, names.

        Raises:
            CutOff: There are fewer.
        """
        while len(self._buffer) - self._at < size and self._refill():
            pass
        if len(self._buffer) - self._at < size:
            raise CutOff
        taken = self._buffer[self._at : self._at + size]
        self.skip(size)
        return taken

    def skip(self, size: int) -> None:
        """Go on by exactly so many bytes, however many.

        Raises:
            CutOff: There are fewer.
        """
        if self._go(size) < size:
            raise CutOff

    def drain(self) -> None:
        """Go on to the end of the stream."""
        while self._go(1 << 40):
            pass

    def section(self) -> Hit | None:
        """What was found since the last call; a new section begins here."""
        hit = None if self._first is None else Hit(self._first, self._count)
        self._first, self._count = None, 0
        return hit

    def _go(self, size: int) -> int:
        gone = 0
        while gone < size:
            usable = len(self._buffer) - self._at - (0 if self._ended else self._ahead)
            if usable <= 0:
                if not self._refill() and len(self._buffer) == self._at:
                    break
                continue
            step = min(usable, size - gone)
            self._search(self._at, self._at + step)
            self._at += step
            self.offset += step
            gone += step
        return gone

    def _search(self, start: int, end: int) -> None:
        """Count the matches that begin in this part of the buffer."""
        if self._needle is None:
            return
        if self._first is None:
            found = self._buffer.find(self._needle, start, end + self._ahead)
            if found < 0:
                return
            self._first = self.offset + found - start
        self._count += self._buffer.count(self._needle, start, end + self._ahead)

    def _refill(self) -> bool:
        piece = b"" if self._ended else self._stream.read(PIECE_BYTES)
        self._ended = not piece
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)
