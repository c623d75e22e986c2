"""The encodings in which a search finds bytes.

The search looks for several **pieces** of each form: encoders break lines (``base64`` at 76
characters, ``xxd -p`` at 60, ``od`` at 16 bytes), and wherever a line ends, at least one of the
pieces is unbroken. Bytes that were encoded twice, or split into parts, are not found.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

ANY_CASE = "letters of another case"
"""The form that ignores upper and lower case."""
LEAST_BYTES = 16
"""The fewest bytes whose encodings are searched for: shorter pieces could occur by chance."""
_OF_A_LINE = 8
"""Bytes in a piece. If a line has 16 bytes, at least one of two such pieces is on one line."""


@dataclass(frozen=True, slots=True)
class Form:
    """One encoding of the bytes that a search looks for.

    Args:
        name: Such as ``base64``; None for the bytes as they are.
        pieces: Each of these pieces alone shows that the bytes are there; in lower case for
            ``ANY_CASE``.
    """

    name: str | None
    pieces: tuple[bytes, ...]

    def within(self, content: bytes) -> tuple[tuple[bytes, int, int], ...]:
        """Each piece that the content holds, its first offset and its number of occurrences."""
        if self.name == ANY_CASE:
            content = content.lower()
        return tuple((p, content.find(p), content.count(p)) for p in self.pieces if p in content)


def plain(needle: bytes) -> tuple[Form, ...]:
    """The bytes as they are, without any encoding."""
    return (Form(None, (needle,)),)


def every(needle: bytes) -> tuple[Form, ...]:
    """The bytes as they are and, if they are long enough not to occur by chance, encoded."""
    if len(needle) < LEAST_BYTES:
        return plain(needle)
    forms = (
        Form(None, (needle,)),
        Form("base64", tuple(_base64(needle))),
        Form("hex", tuple(_hex(needle))),
        Form("reversed", (needle[::-1],)),
        Form("URL encoding", tuple(_url(needle))),
    )
    seen: set[bytes] = set()
    # Forms may coincide: text without special characters is its own URL encoding.
    different = (Form(form.name, _new(form.pieces, seen)) for form in forms)
    return (*different, Form(ANY_CASE, (needle.lower(),)))


def told_apart(names: Collection[str | None]) -> tuple[str | None, ...]:
    """The names without ``ANY_CASE`` if the bytes were found as they are: both forms match."""
    return tuple(name for name in names if name != ANY_CASE or None not in names)


def forms_in(content: bytes, needle: bytes) -> tuple[str | None, ...]:
    """The forms in which the content holds the bytes; None stands for the bytes as they are."""
    return told_apart([form.name for form in every(needle) if form.within(content)])


def _base64(needle: bytes) -> Iterator[bytes]:
    """The pieces for base64: both alphabets, and the three offsets of the bytes in a group."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + needle)
        # The first and the last group also hold bits of the neighbouring bytes.
        inner = text[4 if before else 0 : len(text) // 4 * 4 - 4]
        for alphabet in (inner, inner.translate(bytes.maketrans(b"+/", b"-_"))):
            middle = len(alphabet) // 2
            yield from (alphabet[:middle], alphabet[middle:])


def _hex(needle: bytes) -> Iterator[bytes]:
    for window in (needle[:_OF_A_LINE], needle[_OF_A_LINE : 2 * _OF_A_LINE]):
        for text in (window.hex(), window.hex(" ")):
            yield from (text.encode(), text.upper().encode())


def _url(needle: bytes) -> Iterator[bytes]:
    yield quote_from_bytes(needle, safe="").encode()
    for style in ("%%%02x", "%%%02X"):
        yield "".join(style % byte for byte in needle).encode()


def _new(pieces: Sequence[bytes], seen: set[bytes]) -> tuple[bytes, ...]:
    new = tuple(piece for piece in dict.fromkeys(pieces) if piece not in seen)
    seen.update(new)
    return new
