"""Reads the files that a class handed in: from a folder, an archive, or archives in a folder.

Nothing is extracted. Archives are read where they are, so no name in them can leave a folder, and
links are neither followed nor made. What cannot be read is listed, with the reason.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from checker.classroom import archives
from checker.classroom.archives import Member, UnreadableError
from checker.classroom.git_times import Committed, find_committed
from checker.errors import SubmissionError, UsageError
from checker.grading.submission import MAX_FILE_BYTES, check_content, read_beginning
from checker.plain_text import plain_line

MOST_FILES = 20_000
"""The most files below one entry of the folder, such as one student's: a student has a few."""
MOST_ARCHIVE_BYTES = 10_000_000
"""The biggest archive of one student: what is graded are a few small text files."""
_DEEPEST = 16
_DISK = "file"
_NOT_WORK = ("__MACOSX", "node_modules", "__pycache__", "lost+found")


@dataclass(frozen=True, slots=True)
class HandedInFile:
    """One file.

    Args:
        path: Its folders and its name, below what was handed in.
        beginning: Returns at most that many of its first bytes, and its size; raises
            ``SubmissionError`` if it is no regular file or cannot be read.
        handed_in_at: The time that the file system or the archive has for it; None: no valid time.
        time_source: Where that time comes from: ``file``, ``zip``, ``tar`` or ``git``.
    """

    path: tuple[str, ...]
    beginning: Callable[[int], tuple[bytes, int]]
    handed_in_at: datetime | None
    time_source: str

    def read(self, name: str) -> bytes:
        """Its content, for an exercise that knows it as ``name``.

        Raises:
            SubmissionError: It is not a small text file.
        """
        content, size_bytes = self.beginning(MAX_FILE_BYTES + 1)
        return check_content(name, content, size_bytes=size_bytes)


@dataclass(frozen=True, slots=True)
class ClassFiles:
    """All files of a class.

    Args:
        files: The files.
        empty: Names of folders directly below the top that hold no file.
        unread: What could not be read: a place, and the reason.
    """

    files: tuple[HandedInFile, ...]
    empty: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]


def read_class(
    path: Path, wanted: Collection[str], *, without: Path | None = None, asks_git: bool = True
) -> ClassFiles:
    """List the files in a folder or an archive, and in the archives within.

    Args:
        path: A folder, or an archive of a folder.
        wanted: Names of the files that exercises take; of an archive within, these are read.
        without: A folder that is left out: the grade book, which may lie in the folder.
        asks_git: Whether committed files of a git checkout have the time of their last commit.

    Raises:
        UsageError: There is nothing at ``path``, or it is no folder and no archive.
    """
    reader = _Reader(wanted, without and without.resolve())
    if path.is_dir():
        listed: Iterable[HandedInFile] = reader.walk(path)
    elif path.is_file():
        listed = reader.list_platform_archive(path)
    else:
        raise UsageError(
            f"There is nothing at {plain_line(str(path))}.",
            next_step="name the folder or the archive that holds the submissions",
        )
    files = list(reader.unpacked(listed))
    if asks_git:
        files = reader.dated_by_git(path, files)
    counts = Counter(file.path[0] for file in files)
    many = {top for top, count in counts.items() if count > MOST_FILES}
    reader.unread += [(plain_line(top), f"holds more than {MOST_FILES} files") for top in many]
    told = {place.partition("/")[0] for place, _ in reader.unread}
    empty = sorted(top for top in reader.tops - set(counts) if plain_line(top) not in told)
    return ClassFiles(
        tuple(file for file in files if file.path[0] not in many),
        tuple(empty),
        tuple(sorted(reader.unread)),
    )


def told(path: Iterable[str]) -> str:
    """A path for a message."""
    return plain_line("/".join(path))


class _Reader:
    """Lists files, and collects what cannot be read."""

    def __init__(self, wanted: Collection[str], without: Path | None) -> None:
        self._wanted = wanted
        self._without = without
        self.unread: list[tuple[str, str]] = []
        self.tops: set[str] = set()
        self._checkouts: list[tuple[str, ...]] = []

    def walk(self, root: Path, inner: tuple[str, ...] = ()) -> Iterator[HandedInFile]:
        """The files of a folder in order; hidden folders and links to folders are left out.

        At the top, a folder whose name begins with a dot may be a student's.
        """
        try:
            with os.scandir(root.joinpath(*inner)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self.unread.append((told(inner), f"cannot be read: {error.strerror}"))
            return
        for number, entry in enumerate(entries):
            path = (*inner, entry.name)
            if entry.name == ".git" and entry.is_dir(follow_symlinks=False):
                self._checkouts.append(inner)
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _NOT_WORK or (inner and entry.name.startswith(".")):
                    continue
                if self._without is not None and self._without == Path(entry.path).resolve():
                    continue
                if not inner and entry.name.startswith("."):
                    yield from self._walk_hidden(root, path)
                    continue
                if not inner:
                    self.tops.add(entry.name)
                if len(path) > _DEEPEST:
                    self.unread.append((told(path), f"lies more than {_DEEPEST} folders deep"))
                    continue
                yield from self.walk(root, path)
            elif _leads_to_folder(entry):
                self.unread.append((told(path), "is a symbolic link, and links are not followed"))
            elif inner and number > MOST_FILES:  # enough to be counted as too many
                return
            else:
                yield _of_disk(Path(entry.path), path)

    def _walk_hidden(self, root: Path, inner: tuple[str, ...]) -> Iterator[HandedInFile]:
        """The files that exercises take: all else, as in ``.git``, is nobody's work."""
        reader = _Reader(self._wanted, self._without)
        wanted = [file for file in reader.walk(root, inner) if file.path[-1] in self._wanted]
        if wanted:
            self.unread += reader.unread
        yield from wanted

    def dated_by_git(self, root: Path, files: Sequence[HandedInFile]) -> list[HandedInFile]:
        """The files; one that is as it was committed has the time of that commit."""
        loose = {file.path: file for file in files if file.time_source == _DISK}
        for checkout in self._checkouts:
            depth = len(checkout)
            names = {
                "/".join(path[depth:]): path
                for path in loose
                if path[:depth] == checkout and path[-1] in self._wanted
            }
            committed = find_committed(root.joinpath(*checkout), names) if names else {}
            for name in committed.keys() & names.keys():
                file = loose[names[name]]
                if _is_as_committed(file, committed[name]):
                    at = committed[name].at
                    loose[file.path] = replace(file, handed_in_at=at, time_source="git")
        return [loose[file.path] if file.time_source == _DISK else file for file in files]

    def list_platform_archive(self, path: Path) -> Iterator[HandedInFile]:
        """The files of the one archive that holds the whole class; it stays open.

        Raises:
            UsageError: It is no archive.
        """
        try:
            members, outside = archives.open_platform_archive(path)
        except UnreadableError as error:
            raise UsageError(
                f"{plain_line(str(path))} {error}.",
                next_step="name the folder of submissions, or download the archive again",
            ) from error
        self._tell_outside((), outside)
        return (
            _of_member(member, ())
            for member in members
            if not member.path[0].startswith(".") or member.path[-1] in self._wanted
        )

    def unpacked(self, files: Iterable[HandedInFile]) -> Iterator[HandedInFile]:
        """The files, with the files of an archive, below the archive's name, in its place."""
        for file in files:
            stem, suffix = archives.split_suffix(file.path[-1])
            if not suffix:
                yield file
                continue
            try:
                read = partial(_content_of, file)
                members, outside = archives.read_archive(read, suffix, self._wanted)
            except SubmissionError as error:
                self.unread.append((told(file.path), error.message))
                continue
            except UnreadableError as error:
                self.unread.append((told(file.path), str(error)))
                continue
            self._tell_outside(file.path, outside)
            self.tops.add(file.path[0] if file.path[1:] else stem)
            for member in members:
                yield _of_member(member, (*file.path[:-1], stem))

    def _tell_outside(self, place: tuple[str, ...], names: Iterable[str]) -> None:
        reason = "is a name that leads out of its archive"
        self.unread += [(told((*place, name)), reason) for name in names]


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a link to a folder, or one that cannot be followed, such as to itself."""
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return True


def _content_of(archive: HandedInFile) -> bytes:
    content, size_bytes = archive.beginning(MOST_ARCHIVE_BYTES + 1)
    if size_bytes > MOST_ARCHIVE_BYTES:
        limit = f"{MOST_ARCHIVE_BYTES / 1e6:.0f} MB"
        raise UnreadableError(f"has {size_bytes / 1e6:.0f} MB, and at most {limit} is taken")
    return content


def _is_as_committed(file: HandedInFile, committed: Committed) -> bool:
    try:
        content, _ = file.beginning(MAX_FILE_BYTES + 1)
    except SubmissionError:
        return False
    return committed.is_of(content)


def _of_disk(file: Path, path: tuple[str, ...]) -> HandedInFile:
    def beginning(most_bytes: int) -> tuple[bytes, int]:
        return read_beginning(file, path[-1], most_bytes=most_bytes)

    try:
        changed = datetime.fromtimestamp(file.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        changed = None
    return HandedInFile(path, beginning, changed, _DISK)


def _of_member(member: Member, below: tuple[str, ...]) -> HandedInFile:
    file = HandedInFile(member.path, member.beginning, member.changed_at, member.kind)
    return replace(file, path=(*below, *member.path))
