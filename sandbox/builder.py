"""One build, from command to evidence.

Two ways in, one way out. ``build`` composes a command with python-on-whales;
``build_line`` runs a command line as it was typed. Both add what makes BuildKit
report in JSON, both hand each line to a ``Recorder``, and the Recorder ends in a Build.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sandbox import process
from sandbox.command import read_command, read_stages
from sandbox.engine import client
from sandbox.engine.places import Places
from sandbox.errors import UsageError
from sandbox.model import Build
from sandbox.recorder import CANCELLED_EXIT_CODE, Recorder


def build(
    places: Places,
    port: int,
    context: Path,
    *,
    file: Path | None,
    target: str | None,
    build_args: Mapping[str, str],
    timeout_s: float | None,
    on_line: Callable[[str], None] | None,
    **options: Any,
) -> Build:
    """Build with python-on-whales; ``options`` are further ones of its ``buildx.build``.

    Raises:
        BuildTimeout: It was still running after ``timeout_s`` and was cancelled.
        UsageError: The context is no folder, or python-on-whales refuses an option.
    """
    # Costs a third of a second, so not before the first build.
    from python_on_whales import DockerClient, DockerException  # noqa: PLC0415

    if not context.is_dir():
        raise UsageError(
            f"The build context {context} is not a folder.",
            next_step="give the folder that holds the Dockerfile and the files it copies",
        )
    stages = read_stages(file or context / "Dockerfile", build_args)
    with Recorder(places.builds, stages, target, on_line) as recorder:
        docker = DockerClient(client_call=list(client.recorded(places, port, recorder.call)))
        try:
            streamed = docker.buildx.build(
                context,
                progress="rawjson",  # type: ignore[arg-type]  # passed through as it is
                stream_logs=True,
                metadata_file=recorder.metadata,
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
        lines = cast("Iterator[str]", streamed)
        exit_code = 0
        with process.Deadline(timeout_s, lambda: _cancel(recorder.call)) as deadline:
            try:
                for line in lines:
                    recorder.feed(line)
            except DockerException as error:
                exit_code = error.return_code
            except BaseException:
                _cancel(recorder.call)
                raise
        started = client.read_record(recorder.call)
        command = _as_typed(started[1]) if started else ("docker", "buildx", "build", str(context))
        return recorder.finish(
            command, exit_code, timed_out_s=timeout_s if deadline.reached else None
        )


def build_line(
    places: Places,
    port: int,
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float | None = None,
    on_line: Callable[[str], None] | None = None,
    most_log_lines: int | None = None,
) -> Build:
    """Run a build's command line as typed, in folder ``cwd``.

    Raises:
        BuildTimeout: It was still running after ``timeout_s`` and was cancelled.
        UsageError: It is not a build.
    """
    command = read_command(argv)
    if command is None:
        raise UsageError(
            f"{' '.join(argv)!r} is not a build.",
            next_step="a build begins with `docker buildx build`",
        )
    stages = read_stages(command.dockerfile(cwd), command.build_args)
    with Recorder(places.builds, stages, command.target, on_line, most_log_lines) as recorder:
        real = (
            str(places.bin / "docker"),
            *command.words[1:],
            "--progress=rawjson",
            f"--metadata-file={recorder.metadata}",
            *command.arguments,
        )
        env = client.environment(places, port)
        done = _feed(process.stream(real, env=env, cwd=cwd, timeout_s=timeout_s), recorder)
        return recorder.finish(
            tuple(argv),
            CANCELLED_EXIT_CODE if done.exit_code is None else done.exit_code,
            timed_out_s=timeout_s if done.timed_out else None,
        )


def _feed(
    lines: Generator[tuple[str, str], None, process.Completed], recorder: Recorder
) -> process.Completed:
    """Feed every line and return what the generator returns; closing it cancels the process."""
    with contextlib.closing(lines):
        while True:
            try:
                _, line = next(lines)
            except StopIteration as end:
                done: process.Completed = end.value
                return done
            recorder.feed(line)


def _cancel(call: Path) -> None:
    started = client.read_record(call)
    if started is not None:
        process.interrupt(started[0])


def _as_typed(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What a person would type: without what was added to make BuildKit report in JSON."""
    added = ("--progress", "--metadata-file")
    words: list[str] = ["docker"]
    rest = iter(argv[1:])
    for word in rest:
        if word in added:
            next(rest, None)
        elif not word.startswith(tuple(f"{name}=" for name in added)):
            words.append(word)
    return tuple(words)
