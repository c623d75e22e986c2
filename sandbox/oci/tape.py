"""A stream of bytes that is read once, from front to back, and searched while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.oci.blob import PIECE_BYTES
from sandbox.oci.forms import ANY_CASE, Form, told_apart
from sandbox.oci.source import Readable


@dataclass(frozen=True, slots=True)
class Hit:
    """The first match in a section, and the number of matches.

    Args:
        offset: Offset of the first match in the stream.
        occurrences: Number of matches in the section.
        form: The encoding of the match; None: not encoded.
    """

    offset: int
    occurrences: int
    form: str | None = None


class CutOff(Exception):
    """The stream ended too early. This package never raises it to its callers."""


class Tape:
    """Reads a stream and searches each section of it for bytes.

    A match belongs to the section in which it begins, wherever it ends. Matches across two
    pieces of the stream are found too: the last bytes of a piece, one fewer than the longest
    form has, are kept until the next piece is read.

    Args:
        stream: Read from front to back.
        forms: The forms to search for; may be empty.
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
        """The next bytes, fewer at the end, without consuming them."""
        while len(self._buffer) - self._at < size and self._refill():
            pass
        return self._buffer[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes, all in memory: for headers and names.

        Raises:
            CutOff: The stream has fewer.
        """
        taken = self.peek(size)
        if len(taken) < size:
            raise CutOff
        self.skip(size)
        return taken

    def read(self, size: int, /) -> bytes:
        """Between one and ``size`` of the next bytes; none at the end."""
        taken = self.peek(1) and self._buffer[self._at : self._at + size]
        self.skip(len(taken))
        return taken

    def skip(self, size: int) -> None:
        """Skip exactly ``size`` bytes.

        Raises:
            CutOff: The stream has fewer.
        """
        if self._go(size) < size:
            raise CutOff

    def drain(self, at_most: int | None = None) -> None:
        """Skip to the end of the stream, or skip ``at_most`` bytes if there are more."""
        if at_most is not None:
            self._go(at_most)
            return
        while self._go(1 << 40):
            pass

    def section(self) -> tuple[Hit, ...]:
        """End the section: the hits since the last call, one for each form."""
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
