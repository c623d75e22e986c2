"""Reads a layer's archive entry by entry.

The standard library's ``tarfile`` cannot do this, for three reasons: it keeps every member in
memory, it does not return the bytes between and after the members, where a secret can hide, and it
cannot search each entry's bytes while they are read. ``tarfile`` still parses headers.

Source: POSIX.1-2024, pax, ustar and extended formats; GNU tar manual, appendix D.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.errors import ImageError
from sandbox.oci.documents import BUILD_AGAIN
from sandbox.oci.packed import Unpacker
from sandbox.oci.tape import CutOff, Hit, Tape
from sandbox.oci.values import FileKind

_BLOCK = tarfile.BLOCKSIZE
_HEADER_MAX_BYTES = 1 << 20
"""The maximum size of an extended header: far more than one file's names and attributes."""
_KINDS = {
    tarfile.REGTYPE: FileKind.FILE,
    tarfile.AREGTYPE: FileKind.FILE,
    tarfile.CONTTYPE: FileKind.FILE,
    tarfile.DIRTYPE: FileKind.FOLDER,
    tarfile.SYMTYPE: FileKind.SYMLINK,
    tarfile.LNKTYPE: FileKind.HARDLINK,
}
_WITHOUT_DATA = frozenset(
    {
        tarfile.LNKTYPE,
        tarfile.SYMTYPE,
        tarfile.DIRTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an archive.

    Args:
        path: Absolute, without ``.`` and ``..``.
        kind: File, folder, link, …
        size_bytes: Size of its content.
        mode: Permission bits.
        owner: User and group id.
        target: The target of a link; None for anything else.
    """

    path: str
    kind: FileKind
    size_bytes: int
    mode: int
    owner: tuple[int, int]
    target: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an archive: an entry's headers, an entry's content, or bytes of no entry.

    Args:
        entry: The entry that the part belongs to; None: the part belongs to no entry.
        is_content: Whether this is the content of the entry's file.
        offset: The offset of its first byte in the archive.
        hits: The matches of the search in it.
    """

    entry: Entry | None
    is_content: bool
    offset: int
    hits: tuple[Hit, ...]


def walk(tape: Tape, what: str, *, unpack: bool = False) -> Iterator[Section]:
    """The sections of an archive, without a gap, to the very end of the stream.

    Args:
        what: The layer's name in messages, as ``layer 3 (RUN make)``.
        unpack: Search inside compressed files as well.

    Raises:
        ImageError: The stream is not an archive, or the archive is cut off.
    """
    try:
        yield from _walk(tape, what, unpack)
    except CutOff as error:
        raise ImageError(
            f"The {what} is cut off: its archive ends after {tape.offset} bytes, in the middle of "
            "an entry.",
            next_step=BUILD_AGAIN,
        ) from error


def _walk(tape: Tape, what: str, unpack: bool) -> Iterator[Section]:
    unpacker = Unpacker() if unpack else None
    while True:
        start = tape.offset
        entry, stored_bytes = _read_header(tape, what)
        if entry is None:
            tape.drain()
            yield Section(None, False, start, tape.section())
            return
        yield Section(entry, False, start, tape.section())
        start = tape.offset
        packed = unpacker.search(tape, stored_bytes) if unpacker else ()
        tape.skip(start + stored_bytes - tape.offset)
        yield Section(entry, True, start, tape.section() or packed)
        start = tape.offset
        tape.skip(-stored_bytes % _BLOCK)
        if hits := tape.section():
            yield Section(None, False, start, hits)


def _read_header(tape: Tape, what: str) -> tuple[Entry | None, int]:
    """The next entry and the size of its content in the archive; None at the archive's end."""
    long: dict[str, str] = {}
    while True:
        block = tape.take(_BLOCK)
        if not any(block):
            return None, 0
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise ImageError(
                f"The {what} is not a tar archive: {error} at byte {tape.offset - _BLOCK}.",
                next_step=BUILD_AGAIN,
            ) from error
        if header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            long |= _records(_extension(tape, header.size, what))
        elif header.type == tarfile.XGLTYPE:
            _extension(tape, header.size, what)
        elif header.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
            name = _extension(tape, header.size, what).rstrip(b"\0")
            key = "path" if header.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
            long[key] = name.decode("utf-8", "surrogateescape")
        else:
            return _entry(header, long)


def _entry(header: tarfile.TarInfo, long: dict[str, str]) -> tuple[Entry, int]:
    size_bytes = int(long["size"]) if long.get("size", "").isdecimal() else header.size
    if header.type in _WITHOUT_DATA:
        size_bytes = 0
    kind = _KINDS.get(header.type, FileKind.OTHER)
    is_link = kind in (FileKind.SYMLINK, FileKind.HARDLINK)
    target = long.get("linkpath", header.linkname)
    if kind is FileKind.HARDLINK:
        target = absolute(target)
    return (
        Entry(
            path=absolute(long.get("path", header.name)),
            kind=kind,
            size_bytes=size_bytes,
            mode=header.mode & 0o7777,
            owner=(header.uid, header.gid),
            target=printable(target) if is_link else None,
        ),
        size_bytes,
    )


def absolute(name: str) -> str:
    """A name in an archive as a path in a container."""
    parts: list[str] = []
    for part in printable(name).split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def printable(name: str) -> str:
    """A name that can be printed: bytes that are not UTF-8 become replacement characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return name


def _extension(tape: Tape, size_bytes: int, what: str) -> bytes:
    if size_bytes > _HEADER_MAX_BYTES:
        raise ImageError(
            f"The {what} is not a tar archive: a header of {size_bytes} bytes at byte "
            f"{tape.offset}.",
            next_step=BUILD_AGAIN,
        )
    return tape.take(size_bytes + -size_bytes % _BLOCK)[:size_bytes]


def _records(data: bytes) -> dict[str, str]:
    """The records of an extended header, each ``LENGTH key=value\\n``."""
    found: dict[str, str] = {}
    while data:
        digits, _, _ = data.partition(b" ")
        if not digits.isdigit() or not 0 < int(digits) <= len(data):
            break
        record, data = data[len(digits) + 1 : int(digits)], data[int(digits) :]
        key, _, value = record.rstrip(b"\n").partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
    return found
