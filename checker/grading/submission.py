"""Reads the learner's files.

Only the files that ``submit`` names are read: never the build context, never tests, never the
target of a link. All else comes from the exercise's own folder.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.command.command_line import FILE, CommandLine, beginning_of, read_line
from checker.command.refusal import refused
from checker.errors import SubmissionError, UnreadableFileError, UsageError
from checker.exercise import Exercise

MAX_FILE_BYTES = 1_000_000
_NO_FILE = (errno.ENXIO, errno.ENODEV)
"""What opening a socket or a device gives."""
_MAY_BE_EMPTY = (".dockerignore",)
"""Files that may be empty: an empty ``.dockerignore`` excludes no file from the context."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The learner's files by name, exactly the exercise's ``submit``."""

    files: Mapping[str, bytes]

    def replaced(self, name: str, content: bytes) -> Submission:
        """This submission with another content for one file."""
        return Submission({**self.files, name: content})


def take(exercise: Exercise, path: Path) -> Submission:
    """Read the files to be graded.

    Args:
        exercise: Names the files.
        path: A folder that holds them, or the one file itself, whatever its name.

    Raises:
        UsageError: There is nothing at ``path``, or a file where a folder is needed.
        SubmissionError: A file is missing, empty, too big, or not a text file; or the folder is a
            link, which may lead to somebody else's.
    """
    if path.is_dir() and path.is_symlink():
        raise SubmissionError(
            f"{path} is a symbolic link, and links are not followed.",
            next_step="put the folder itself in its place, or name the folder that it leads to",
        )
    if path.is_dir():
        return assemble(exercise, lambda name: read_file(path / name, name))
    if not path.exists() and not path.is_symlink():
        raise UsageError(
            f"There is nothing at {path}.",
            next_step=f"run `checker start {exercise.slug}`, or name a folder or a file",
        )
    if len(exercise.submit) > 1:
        raise UsageError(
            f"{exercise.slug} takes {len(exercise.submit)} files, and {path} is one.",
            next_step=f"name the folder that holds {' and '.join(exercise.submit)}",
        )
    name = exercise.submit[0]
    return Submission({name: read_file(path, name)})


def assemble(exercise: Exercise, read: Callable[[str], bytes]) -> Submission:
    """The submission that ``read`` returns, file by file, whatever they are kept in.

    Args:
        exercise: Names the files.
        read: Returns the content of a file by its name; see ``check_content``.

    Raises:
        SubmissionError: ``read`` refuses a file.
    """
    return Submission({name: read(name) for name in exercise.submit})


def read_command(exercise: Exercise, submission: Submission) -> CommandLine:
    """The learner's command if the exercise takes one, else the exercise's own.

    Raises:
        SubmissionError: The learner's command cannot be read, or is of another kind.
    """
    if FILE not in submission.files:
        return exercise.command
    line = read_line(submission.files[FILE].decode("utf-8"), exercise.line)
    if line.kind != exercise.line:
        raise refused(
            line.text,
            line.words[-1],
            f"{FILE} begins with {' '.join(line.words)}.",
            f"begin it with {' '.join(beginning_of(exercise.line))}",
        )
    return line


def is_starter(exercise: Exercise, submission: Submission) -> bool:
    """Whether a submission is still the unchanged starter.

    Line ends and empty lines at the end, which editors change by themselves, do not count.
    """
    try:
        given = take(exercise, exercise.folder)
    except SubmissionError:
        return False
    return normalise(submission) == normalise(given)


def normalise(submission: Submission) -> Mapping[str, list[bytes]]:
    """The lines of each file, without what editors change by themselves."""
    return {name: _lines(content) for name, content in submission.files.items()}


def _lines(content: bytes) -> list[bytes]:
    return [line.rstrip() for line in content.rstrip().splitlines()]


def read_file(path: Path, name: str) -> bytes:
    """The content of a small regular text file. A link is refused, never followed.

    Args:
        path: The file.
        name: The name under which the exercise knows the file.

    Raises:
        SubmissionError: The file is missing, or is refused.
    """
    content, size_bytes = read_beginning(path, name, most_bytes=MAX_FILE_BYTES + 1)
    return check_content(name, content, size_bytes=size_bytes)


def read_beginning(path: Path, name: str, *, most_bytes: int) -> tuple[bytes, int]:
    """The first bytes of a regular file, and the size of the whole file.

    Raises:
        SubmissionError: The file is missing, is a link, or is not a regular file.
        UnreadableFileError: The machine cannot read it.
    """
    try:
        # O_NONBLOCK: a named pipe in the place of the file must not hang the grading.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SubmissionError(
            f"{name} is missing.", next_step=f"save it as {path} and grade again"
        ) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise is_link(name) from error
        if error.errno in _NO_FILE:
            raise not_regular(name) from error
        raise unreadable(name, error) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise not_regular(name)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most_bytes), found.st_size
    except OSError as error:
        raise unreadable(name, error) from error
    finally:
        os.close(descriptor)


def unreadable(name: str, error: OSError) -> UnreadableFileError:
    """For an error that is the machine's: a broken disk, too many open files, a missing right."""
    return UnreadableFileError(
        f"{name} cannot be read: {error.strerror}.",
        next_step="look at its rights with `ls -l`, and at the disk, and grade again",
    )


def is_link(name: str) -> SubmissionError:
    return SubmissionError(
        f"{name} is a symbolic link, and links are not followed.",
        next_step="put the file itself in its place",
    )


def not_regular(name: str) -> SubmissionError:
    return SubmissionError(
        f"{name} is not a regular file.", next_step="put a text file in its place"
    )


def check_content(name: str, content: bytes, *, size_bytes: int) -> bytes:
    """The content itself, if it can be graded.

    Args:
        name: The name under which the exercise knows the file.
        content: At least the first ``MAX_FILE_BYTES + 1`` bytes.
        size_bytes: The size of the whole file.

    Raises:
        SubmissionError: The file is empty, too big, or not a text file.
    """
    if len(content) > MAX_FILE_BYTES:
        limit, size = f"{MAX_FILE_BYTES / 1e6:.0f} MB", f"{size_bytes / 1e6:.1f} MB"
        raise SubmissionError(
            f"{name} has {size}, and at most {limit} is taken.",
            next_step="leave out what is not an instruction",
        )
    if not content.strip() and name not in _MAY_BE_EMPTY:
        raise SubmissionError(f"{name} is empty.", next_step="write it, or `checker reset` it")
    if b"\0" in content or not _is_utf8(content):
        raise SubmissionError(
            f"{name} is not a text file in UTF-8.", next_step="save it as plain text"
        )
    return content


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
