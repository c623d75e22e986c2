"""Reads the Dockerfile of a build that comes from standard input, as a text or in an archive.

Source: docker buildx build, reference, "Build context"; https://github.com/docker/buildx/blob/
v0.29.1/build/opt.go, which tells an archive from a Dockerfile by its first bytes.
"""

from __future__ import annotations

import posixpath
import tarfile
import zlib
from typing import BinaryIO

from sandbox.parse.docker_command import BuildCommand
from sandbox.parse.local_dockerfile import DOCKERFILE_MAX_BYTES


def read_stdin_dockerfile(stdin: BinaryIO, command: BuildCommand) -> bytes | None:
    """The Dockerfile in the standard input of a build; the input is at its old place afterwards.

    Args:
        stdin: A file, which can be read again.
        command: A build that reads its standard input.

    Returns:
        None when there is no Dockerfile, or when it is larger than BuildKit allows.
    """
    begin = stdin.tell()
    try:
        text = None
        if command.context == "-":
            text = _read_member(stdin, posixpath.normpath(command.file or "Dockerfile"))
            stdin.seek(begin)
        if text is None:
            text = stdin.read(DOCKERFILE_MAX_BYTES + 1)
        return text if len(text) <= DOCKERFILE_MAX_BYTES else None
    finally:
        stdin.seek(begin)


def _read_member(stdin: BinaryIO, path: str) -> bytes | None:
    """A file of an archive; None when the input is not an archive, or when it lacks the file."""
    try:
        with tarfile.open(fileobj=stdin) as archive:
            for member in archive:
                if posixpath.normpath(member.name) == path and (
                    file := archive.extractfile(member)
                ):
                    return file.read(DOCKERFILE_MAX_BYTES + 1)
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        pass  # a Dockerfile, or an archive that BuildKit refuses
    return None
