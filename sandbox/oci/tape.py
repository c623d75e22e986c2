"""A stream of bytes that is read from front to back once, and searched on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.oci.blob import PIECE_BYTES
from sandbox.oci.forms import ANY_CASE, Form, told_apart
from sandbox.oci.source import Readable


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the sought bytes begin for the first time in a section, and how often they do.

    Args:
        offset: In the stream.
        occurrences: In the section.
        form: How they are written there, None as they are.
    """

    offset: int
    occurrences: int
    form: str | None = None


class CutOff(Exception):
    """The stream ended before what was asked for. Never leaves this package."""


class Tape:
    """Reads a stream and looks for bytes in each section of it.

    A match belongs to the section that it begins in, wherever it ends. What lies between
    two pieces of the stream is found as well: the last bytes of a piece, one fewer than is
    looked for, stay until the next one is there.

    Args:
        stream: Is read, never sought in.
        forms: To look for; none for nothing.
    """

    def __init__(self, stream: Readable, forms: Sequence[Form] = ()) -> None:
        self._stream = stream
        self.forms = forms
        self._ahead = max((len(piece) - 1 for form in forms for piece in form.pieces), default=0)
        self._buffer = b""
        self._at = 0  # in the buffer
        self._ended = False
        self._hits: dict[tuple[str | None, bytes], Hit] = {}
        self.offset = 0
        """In the stream."""

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end; they are still to come."""
        while len(self._buffer) - self._at < size and self._refill():
            pass
        return self._buffer[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Exactly so many bytes. For little: headers, names.

        Raises:
            CutOff: There are fewer.
        """
        taken = self.peek(size)
        if len(taken) < size:
            raise CutOff
        self.skip(size)
        return taken

    def read(self, size: int, /) -> bytes:
        """At least one of the next bytes and at most so many, none at the end."""
        taken = self.peek(1) and self._buffer[self._at : self._at + size]
        self.skip(len(taken))
        return taken

    def skip(self, size: int) -> None:
        """Go on by exactly so many bytes, however many.

        Raises:
            CutOff: There are fewer.
        """
        if self._go(size) < size:
            raise CutOff

    def drain(self, at_most: int | None = None) -> None:
        """Go on to the end of the stream, or by so many bytes if that is sooner."""
        if at_most is not None:
            self._go(at_most)
            return
        while self._go(1 << 40):
            pass

    def section(self) -> tuple[Hit, ...]:
        """What was found since the last call, a hit for each form; a new section begins here."""
        found: dict[str | None, Hit] = {}
        for hit in self._hits.values():
            other = found.get(hit.form, hit)
            found[hit.form] = Hit(
                min(hit.offset, other.offset), max(hit.occurrences, other.occurrences), hit.form
            )
        self._hits = {}
        return tuple(found[name] for name in told_apart(found))

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
        for form in self.forms:
            text, at = self._buffer, start
            if form.name == ANY_CASE:
                text, at = self._buffer[start : end + self._ahead].lower(), 0
            for piece in form.pieces:
                behind = at + end - start + len(piece) - 1
                found = text.find(piece, at, behind)
                if found >= 0:
                    key = (form.name, piece)
                    before = self._hits.get(key, Hit(self.offset + found - at, 0, form.name))
                    more = text.count(piece, at, behind)
                    self._hits[key] = Hit(before.offset, before.occurrences + more, form.name)

    def _refill(self) -> bool:
        piece = b"" if self._ended else self._stream.read(PIECE_BYTES)
        self._ended = not piece
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)
