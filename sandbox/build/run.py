"""One build, from command to evidence.

Two ways in, one way out. ``compose`` has python-on-whales make a command line of its
options; ``build`` runs a command line, made or typed, adds what makes BuildKit report in
JSON, and hands each line to a ``Recorder``, which ends in a Build.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sandbox import process
from sandbox.build.recorder import CANCELLED_EXIT_CODE, Recorder
from sandbox.build.running_trace import RunningTrace
from sandbox.cancellation import CancelToken
from sandbox.engine import client, package_files
from sandbox.engine.paths import Paths
from sandbox.errors import UsageError
from sandbox.model.build import Build
from sandbox.parse.docker_command import read_bake, read_command, read_stages

CUT_OFF_S = 1.0
"""How long to wait until the downloads of a build that did not go well are known to be over."""
NOTE_ARGV = 'printf "%s\\0" "$@" > "$0"'


def compose(
    context: Path,
    *,
    file: Path | None,
    target: str | None,
    build_args: Mapping[str, str],
    **options: Any,
) -> tuple[str, ...]:
    """The command line of a build; ``options`` are further ones of python-on-whales.

    Raises:
        UsageError: The context is no folder, or python-on-whales refuses an option.
    """
    # Costs a third of a second, so not before the first build.
    from python_on_whales import DockerClient  # noqa: PLC0415

    if not context.is_dir():
        raise UsageError(
            f"The build context {context} is not a folder.",
            next_step="give the folder that holds the Dockerfile and the files it copies",
        )
    with tempfile.NamedTemporaryFile(prefix="buildkit-lab-") as note:
        # It is not left to run the command as well: it can neither cancel one that is starting
        # nor read one whose messages are not UTF-8.
        docker = DockerClient(client_call=["sh", "-c", NOTE_ARGV, note.name])
        try:
            streamed = docker.buildx.build(
                context,
                stream_logs=True,
                progress="auto",
                metadata_file=None,
                file=file,
                target=target,
                build_args=dict(build_args),
                **options,
            )
        except TypeError as error:
            raise UsageError(
                f"No such option of a build: {error}.",
                next_step="see python-on-whales' buildx.build for the options there are",
            ) from error
        # `stream_logs` makes it an iterator, which its annotation leaves open.
        for _ in cast("Iterator[str]", streamed):
            pass
        return ("docker", *os.fsdecode(note.read()).split("\0")[:-1])


def build(
    paths: Paths,
    port: int,
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float | None = None,
    on_start: Callable[[RunningTrace], None] | None = None,
    most_log_lines: int | None = None,
    current_builder: bool = False,
    extra: Mapping[str, str | None] | None = None,
    cancel_token: CancelToken | None = None,
) -> Build:
    """Run the command line of a build or a bake as typed, ``extra`` in its environment.

    Paths in it are relative to the folder ``cwd``.
    It goes to the engine's own builder, unless it names another with ``--builder``, or
    ``current_builder`` is true: then to the one that ``docker buildx use`` has chosen.

    Raises:
        BuildTimeout: It was still running after ``timeout_s`` and was cancelled.
        UsageError: It is not a build.
        Cancelled: ``cancel_token`` was cancelled; the build is cancelled.
    """
    command = read_command(argv) or read_bake(argv)
    if command is None:
        raise UsageError(
            f"{' '.join(argv)!r} is not a build.",
            next_step="a build begins with `docker buildx build` or `docker buildx bake`",
        )
    stages = read_stages(command.dockerfile(cwd), command.build_args)
    with Recorder(paths.builds, stages, command.target, on_start, most_log_lines) as recorder:
        real = (
            str(paths.bin / "docker"),
            *command.words[1:],
            "--progress=rawjson",
            f"--metadata-file={recorder.metadata}",
            *command.arguments,
        )
        # The metadata file is asked for the digest; its provenance would take a vertex's time.
        env = client.environment(paths, port) | {"BUILDX_METADATA_PROVENANCE": "disabled"}
        if not current_builder:
            env |= client.OWN_BUILDER
        env = client.changed(env, extra or {})
        begin_bytes = package_files.log_bytes(paths)
        lines = process.stream(
            real, env=env, cwd=cwd, timeout_s=timeout_s, cancel_token=cancel_token
        )
        done = _record(lines, recorder)
        return recorder.finish(
            tuple(argv),
            CANCELLED_EXIT_CODE if done.exit_code is None else done.exit_code,
            downloads=package_files.downloads_since(
                paths, begin_bytes, patience_s=0 if done.ok else CUT_OFF_S
            ),
            timed_out_s=timeout_s if done.timed_out else None,
        )


def _record(
    lines: Generator[tuple[str, str], None, process.Completed], recorder: Recorder
) -> process.Completed:
    """Record every line and return what the generator returns; closing it cancels the process."""
    with contextlib.closing(lines):
        while True:
            try:
                _, line = next(lines)
            except StopIteration as end:
                done: process.Completed = end.value
                return done
            recorder.record(line)
