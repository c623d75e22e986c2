"""Runs one command on the terminal of ``sandbox shell``; base images are made on first use."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sandbox import process
from sandbox.build.request import BuildRequest
from sandbox.parse.docker_command import read_bake, read_command
from sandbox.progress import Progress
from sandbox.sandbox import Sandbox


def run_on_terminal(lab: Sandbox, argv: Sequence[str], progress: Progress) -> int:
    """Run a command and return its exit code; a command that is not a build replaces this process.

    A build that failed because a base image was not there is run again when the image is made: its
    name may have been in a git repository, or in an image's ONBUILD. The explanation of a failed
    build is printed below the build's own output.

    Args:
        lab: The running sandbox, which tells its progress to ``progress``.
        argv: The command.
        progress: Shown while base images are made.
    """
    with _stdin(argv) as stdin:
        with progress:
            request = lab.prepare(argv, cwd=Path.cwd(), stdin=stdin)
        if request is None:
            process.replace(argv, env=lab.environment())
        return _build(lab, request, stdin, progress)


def _build(lab: Sandbox, request: BuildRequest, stdin: BinaryIO | None, progress: Progress) -> int:
    builders = [o.value for o in request.command.options if o.name == "--builder"]
    place = 0 if stdin is None else stdin.tell()
    while True:
        started = datetime.now(UTC)
        code = process.attended(request.argv, env=lab.environment(), stdin=stdin, place=place)
        if code in (0, 130):
            return code
        with progress:
            failed = lab.failed_builds
            said = failed.messages_since(started, builder=builders[-1] if builders else None)
            if failed.provide_missing(said):
                continue
            explanation = failed.explain(request, started)
        if explanation is not None:
            print(f"\n{explanation.report()}", file=sys.stderr)  # noqa: T201 (the terminal's end)
        return code


@contextlib.contextmanager
def _stdin(argv: Sequence[str]) -> Iterator[BinaryIO | None]:
    """The standard input as a file that can be read again, for a build that reads it; else None."""
    command = read_command(argv) or read_bake(argv)
    if command is None or not command.reads_stdin:
        yield None
        return
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open_stdin())
        if source.seekable():
            yield source
            return
        copy = stack.enter_context(tempfile.TemporaryFile())
        shutil.copyfileobj(source, copy)
        copy.seek(0)
        yield copy


def open_stdin() -> BinaryIO:
    """The standard input of this process, as a file of its own that can be closed."""
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
