"""One build, from command to evidence.

Two ways in, one way out. ``build`` composes a command with python-on-whales;
``build_line`` runs a command line as it was typed. Both add what makes BuildKit
report in JSON, both hand each line to a ``Recorder``, and the Recorder ends in a Build.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sandbox import process
from sandbox.command import BuildCommand, read_command, read_stages
from sandbox.engine import client
from sandbox.engine.places import Places
from sandbox.errors import BuildError, BuildTimeout, UsageError
from sandbox.model import Build
from sandbox.trace import TraceReader, error_report

KEPT_BUILDS = 100
"""Records of builds that stay on disk; older ones go."""
CANCELLED_EXIT_CODE = 130


@dataclass(frozen=True, slots=True)
class Target:
    """Where a build runs: a sandbox's folders and its registry's port."""

    places: Places
    port: int


def build(
    target_sandbox: Target,
    context: Path,
    *,
    timeout_s: float | None,
    on_line: Callable[[str], None] | None,
    **options: Any,
) -> Build:
    """Build with python-on-whales; ``options`` are those of its ``buildx.build``.

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
    places = target_sandbox.places
    recorder = Recorder(places, on_line)
    call = recorder.folder / "call"
    launcher = client.recorded(places, target_sandbox.port, call)
    docker = DockerClient(client_call=list(launcher))
    try:
        streamed = docker.buildx.build(
            context,
            progress="rawjson",  # type: ignore[arg-type]  # passed through as it is
            stream_logs=True,
            metadata_file=recorder.metadata,
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
    with process.Deadline(timeout_s, lambda: _cancel(call)) as deadline:
        try:
            for line in lines:
                recorder.feed(line)
        except DockerException as error:
            exit_code = error.return_code
        except BaseException:
            _cancel(call)
            raise
    started = client.read_record(call)
    command = _as_typed(started[1]) if started else ("docker", "buildx", "build", str(context))
    return recorder.finish(
        command, read_command(command), cwd=Path.cwd(), exit_code=exit_code,
        timeout_s=timeout_s if deadline.reached else None,
    )  # fmt: skip


def build_line(
    target_sandbox: Target,
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float | None = None,
    on_line: Callable[[str], None] | None = None,
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
    recorder = Recorder(target_sandbox.places, on_line)
    real = (
        str(target_sandbox.places.bin / "docker"),
        *command.words[1:],
        "--progress=rawjson",
        f"--metadata-file={recorder.metadata}",
        *command.arguments,
    )
    env = client.environment(target_sandbox.places, target_sandbox.port)
    done = _feed(process.stream(real, env=env, cwd=cwd, timeout_s=timeout_s), recorder)
    return recorder.finish(
        tuple(argv), command, cwd=cwd,
        exit_code=CANCELLED_EXIT_CODE if done.exit_code is None else done.exit_code,
        timeout_s=timeout_s if done.timed_out else None,
    )  # fmt: skip


class Recorder:
    """Takes the lines of one build, keeps them in a folder, and makes the Build of them.

    Args:
        places: Of the sandbox.
        on_line: Called with each line as it arrives, for a live view.
    """

    def __init__(self, places: Places, on_line: Callable[[str], None] | None) -> None:
        self.started = datetime.now(UTC)
        self._clock = time.monotonic()
        _forget_old(places.builds)
        self.folder = places.builds / f"{self.started:%Y%m%dT%H%M%S.%f}-{os.getpid()}"
        self.folder.mkdir(parents=True)
        self.metadata = self.folder / "metadata.json"
        self._raw_path = self.folder / "trace.rawjson"
        self._raw = self._raw_path.open("w", encoding="utf-8")
        self._lines: list[str] = []
        self._on_line = on_line

    def feed(self, line: str) -> None:
        self._raw.write(line)
        self._lines.append(line)
        if self._on_line is not None:
            self._on_line(line)

    def finish(
        self,
        argv: tuple[str, ...],
        command: BuildCommand | None,
        *,
        cwd: Path,
        exit_code: int,
        timeout_s: float | None,
    ) -> Build:
        """The Build; with ``timeout_s`` the time that it went past.

        Raises:
            BuildTimeout: ``timeout_s`` is given.
        """
        duration_s = time.monotonic() - self._clock
        self._raw.close()
        stages = read_stages(command.dockerfile(cwd), command.build_args) if command else None
        # BuildKit leaves out the name of an only stage; the Dockerfile knows it.
        only = stages.stages[0].name if stages is not None and len(stages.stages) == 1 else None
        reader = TraceReader(only) if only is not None else TraceReader()
        for line in self._lines:
            reader.feed(line)
        trace = reader.trace()
        made = Build(
            command=argv,
            exit_code=exit_code if timeout_s is None else CANCELLED_EXIT_CODE,
            trace=trace,
            graph=stages,
            target=command.target if command else None,
            image_digest=self._digest(),
            log=trace.log,
            message=error_report(trace),
            started=self.started,
            duration_s=duration_s,
            log_path=self._raw_path,
        )
        if timeout_s is not None:
            raise BuildTimeout(
                f"The build was still running after {timeout_s:g} s and was cancelled.",
                build=made,
                next_step="look for a RUN that waits or never ends, or allow more time",
            )
        return made

    def _digest(self) -> str | None:
        try:
            digest = json.loads(self.metadata.read_text()).get("containerimage.digest")
        except (OSError, ValueError):
            return None
        return digest if isinstance(digest, str) else None


def failure(made: Build) -> BuildError:
    """The error for a Build that did not succeed, with advice that fits its message."""
    errors = [line for line in made.message.splitlines() if line.startswith("ERROR: ")]
    said = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {made.exit_code}"
    said = said.removeprefix("failed to build: ").removeprefix("failed to solve: ")
    return BuildError(f"The build failed: {said}", build=made, next_step=_advice(said))


ADVICE = (
    ("failed to read dockerfile", "write a Dockerfile into the context, or name one with --file"),
    ("file with no instructions", "the Dockerfile is empty: begin it with FROM"),
    ("the Dockerfile cannot be empty", "begin the Dockerfile with FROM"),
    ("dockerfile parse error", "mend the line that is marked with >>>"),
    ("unknown instruction", "mend the line that is marked with >>>"),
    ("failed to resolve source metadata", "`sandbox images` lists the images there are; others "
     "need `sandbox up --online`"),
    ("target stage", "name a stage that the Dockerfile has after --target"),
    ("unknown flag", "`docker buildx build --help` lists the options"),
    ("did not complete successfully", "read what the command printed, above, and mend that line"),
    ("no space left on device", "`sandbox shell -- docker buildx prune` frees disk"),
)  # fmt: skip


def _advice(said: str) -> str:
    for part, next_step in ADVICE:
        if part in said:
            return next_step
    return "read BuildKit's message above; the line it is about is marked with >>>"


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


def _forget_old(folder: Path) -> None:
    kept: Sequence[Path] = sorted(folder.iterdir()) if folder.is_dir() else ()
    for old in kept[: max(0, len(kept) - KEPT_BUILDS + 1)]:
        shutil.rmtree(old, ignore_errors=True)
