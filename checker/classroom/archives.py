"""Zip and tar files of strangers, read with bounds and never extracted."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from checker.errors import SubmissionError
from checker.grading.submission import MAX_FILE_BYTES, is_link, not_regular, unreadable

MOST_MEMBERS = 20_000
"""The most entries of one student's archive."""
MOST_CLASS_MEMBERS = 500_000
"""The most entries of the archive that holds a whole class."""
MOST_UNPACKED_BYTES = 50_000_000
"""The most bytes that one student's archive may have unpacked, as far as they are read."""
_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip")
_UNPACKERS: dict[str, Callable[[io.BytesIO], gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile]] = {
    ".tar.gz": lambda file: gzip.GzipFile(fileobj=file),
    ".tgz": lambda file: gzip.GzipFile(fileobj=file),
    ".tar.bz2": bz2.BZ2File,
    ".tar.xz": lzma.LZMAFile,
}


class UnreadableError(Exception):
    """An archive cannot be read; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Args:
        path: Its folders and its name; no part of it leads upwards.
        beginning: Returns at most that many of its first bytes, and its size; raises
            ``SubmissionError`` for a link, and for what cannot be unpacked.
        changed_at: Its time in the archive; None: the archive has no valid time.
        kind: ``zip`` or ``tar``.
    """

    path: tuple[str, ...]
    beginning: Callable[[int], tuple[bytes, int]]
    changed_at: datetime | None
    kind: str


Members = tuple[list[Member], list[str]]
"""Files, and the names that lead out of the archive."""


def split_suffix(name: str) -> tuple[str, str]:
    """The name without the suffix of an archive, and that suffix; it is empty for other files."""
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)], suffix
    return name, ""


def open_platform_archive(path: Path) -> Members:
    """The files of a zip or tar of any size; each is read when it is needed.

    Raises:
        UnreadableError: It is no such archive, or has too many entries.
    """
    with _faults_told():
        if zipfile.is_zipfile(path):
            return _zip_members(zipfile.ZipFile(path), MOST_CLASS_MEMBERS)
        return _tar_members(tarfile.open(path), MOST_CLASS_MEMBERS)  # read later


def read_archive(read: Callable[[], bytes], suffix: str, wanted: Collection[str]) -> Members:
    """The files of one student's archive; only the wanted ones can be read.

    Nothing of it stays in memory, for a class has many archives: each file is read when it is
    needed, from the archive as it is then.

    Args:
        read: Returns the archive.
        suffix: The second part of ``split_suffix``.
        wanted: Names of files.

    Raises:
        UnreadableError: It is no such archive, or exceeds a bound.
    """
    members, outside = _listed(read(), suffix)
    room = MOST_UNPACKED_BYTES
    listed = []
    for number, member in enumerate(members):
        if member.path[-1] not in wanted:
            listed.append(replace(member, beginning=_unread))
            continue
        listed.append(replace(member, beginning=_again(number, member.path, read, suffix)))
        room -= _size(member)
        if room < 0:
            raise UnreadableError(_too_big())
    return listed, outside


def _listed(content: bytes, suffix: str) -> Members:
    with _faults_told():
        if suffix == ".zip":
            return _zip_members(zipfile.ZipFile(io.BytesIO(content)), MOST_MEMBERS)
        unpacked = io.BytesIO(_unpack(content, suffix))
        return _tar_members(tarfile.TarFile(fileobj=unpacked), MOST_MEMBERS)


def _again(
    number: int, path: tuple[str, ...], read: Callable[[], bytes], suffix: str
) -> Callable[[int], tuple[bytes, int]]:
    def beginning(most_bytes: int) -> tuple[bytes, int]:
        try:
            found = _listed(read(), suffix)[0][number]
        except (UnreadableError, IndexError):
            found = None
        if found is None or found.path != path:
            raise SubmissionError(
                f"{path[-1]} is no longer in its archive, which has changed meanwhile.",
                next_step="grade again",
            )
        return found.beginning(most_bytes)

    return beginning


def _size(member: Member) -> int:
    try:
        return len(member.beginning(MAX_FILE_BYTES + 1)[0])
    except SubmissionError:
        return 0


def _unread(_: int) -> tuple[bytes, int]:
    return b"", 0


def _unpack(content: bytes, suffix: str) -> bytes:
    if suffix not in _UNPACKERS:
        return content
    with _UNPACKERS[suffix](io.BytesIO(content)) as file:
        unpacked = file.read(MOST_UNPACKED_BYTES + 1)
    if len(unpacked) > MOST_UNPACKED_BYTES:
        raise UnreadableError(_too_big())
    return unpacked


def _too_big() -> str:
    return f"has more than {MOST_UNPACKED_BYTES / 1e6:.0f} MB unpacked"


@contextmanager
def _faults_told() -> Iterator[None]:
    """Every fault of the archive as ``UnreadableError``: the readers raise errors of any kind."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:  # a damaged archive of one student must not end the class
        raise UnreadableError(f"is not a readable archive ({type(error).__name__})") from error


def _parts(name: str) -> tuple[str, ...] | None:
    """The parts of a member's name; None: it leads out of the archive."""
    slashed = name.replace("\\", "/")
    parts = tuple(part for part in slashed.split("/") if part not in ("", "."))
    has_drive = bool(parts) and len(parts[0]) == 2 and parts[0][1] == ":"
    if slashed.startswith("/") or ".." in parts or has_drive or "\0" in name or not parts:
        return None
    return parts


# -- zip -----------------------------------------------------------------------------------


def _zip_members(archive: zipfile.ZipFile, most: int) -> Members:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > most:
        raise UnreadableError(f"has more than {most} entries")
    members, outside = [], []
    for info in infos:
        parts = _parts(info.filename)
        if parts is None:
            outside.append(info.filename)
        elif not _is_hidden(parts):
            members.append(Member(parts, _zip_reader(archive, info), _zip_time(info), "zip"))
    return members, outside


def _is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether it lies in a hidden folder; the one at the top may be that of a student ``.name``."""
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts[1:-1])


def _zip_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> Callable[[int], tuple[bytes, int]]:
    name = _parts(info.filename) or ("",)

    def beginning(most_bytes: int) -> tuple[bytes, int]:
        mode = info.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise is_link(name[-1])
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise not_regular(name[-1])
        with _damage_told(name[-1]), archive.open(info) as file:
            return file.read(most_bytes), info.file_size

    return beginning


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        # A zip has the local time of the machine that made it: taken as this machine's.
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno:  # the platform's archive lies on a disk of ours; decoders give no number
            raise unreadable(name, error) from error
        raise _damaged(name, error) from error
    except Exception as error:  # encrypted, damaged, or packed in a way that Python lacks
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> SubmissionError:
    return SubmissionError(
        f"{name} cannot be unpacked ({type(error).__name__}).",
        next_step="pack it again, without a password",
    )


# -- tar -----------------------------------------------------------------------------------


def _tar_members(archive: tarfile.TarFile, most: int) -> Members:
    members: list[Member] = []
    outside: list[str] = []
    for number, info in enumerate(archive):
        if number >= most:
            raise UnreadableError(f"has more than {most} entries")
        parts = _parts(info.name)
        if info.isdir():
            continue
        if parts is None:
            outside.append(info.name)
        elif not _is_hidden(parts):
            members.append(Member(parts, _tar_reader(archive, info), _tar_time(info), "tar"))
    return members, outside


def _tar_reader(
    archive: tarfile.TarFile, info: tarfile.TarInfo
) -> Callable[[int], tuple[bytes, int]]:
    name = (_parts(info.name) or ("",))[-1]

    def beginning(most_bytes: int) -> tuple[bytes, int]:
        if info.issym() or info.islnk():
            raise is_link(name)
        if not info.isreg():
            raise not_regular(name)
        with _damage_told(name):
            file = archive.extractfile(info)
            assert file is not None
            with file:
                return file.read(most_bytes), info.size

    return beginning


def _tar_time(info: tarfile.TarInfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(info.mtime, UTC)
    except (ValueError, OverflowError, OSError):
        return None
