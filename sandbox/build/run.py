"""One build, from its command line to the Build that records it.

``compose`` has python-on-whales make a command line from options. ``build`` runs a command
line, composed or typed: it adds the flags that make BuildKit report in JSON and passes each line to
a ``Recorder``, which makes the Build.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack, cast

from sandbox import process
from sandbox.build.failures.explain import explain, failure
from sandbox.build.metadata import note
from sandbox.build.recorder import CANCELLED_EXIT_CODE, Recorder
from sandbox.build.request import BuildRequest
from sandbox.build.running_trace import RunningTrace
from sandbox.cancellation import CancelToken
from sandbox.engine import client, package_files, rootless
from sandbox.engine.counters import watched
from sandbox.engine.paths import Paths
from sandbox.engine.state import load
from sandbox.errors import BuildTimeout, EngineError, UsageError
from sandbox.model.build import Build

CUT_OFF_S = 1.0
"""How long to wait for the end of the downloads of a build that did not succeed."""
NO_PROVENANCE = {"BUILDX_METADATA_PROVENANCE": "disabled"}
"""Leaves provenance out of buildx's metadata file, to save time: only the digest is read."""
LAYER_REMOVED = re.compile(
    r"^ERROR: (?:failed to build: )?(?:failed to solve: )?failed to prepare extraction snapshot .*"
    r"parent snapshot \S+ does not exist",
    re.MULTILINE,
)
"""The end of a build that lost a race with containerd's garbage collection. The image that had the
tag before was just removed, with a layer that the new image has too and that was already found.
"""
NAME_TAKEN = re.compile(
    r"^ERROR: (?:failed to build: )?(?:failed to solve: )?image \"\S+\": already exists$",
    re.MULTILINE,
)
"""The end of a build with two exporters, as ``--push --load``, that stored the image at once under
a name that was new: one of them lost. Now the name exists, and both exporters replace it.
"""
NOTE_ARGV = 'printf "%s\\0" "$@" > "$0"'


def compose(
    context: Path,
    *,
    file: Path | None,
    target: str | None,
    build_args: Mapping[str, str],
    **options: Any,
) -> tuple[str, ...]:
    """The command line of a build; ``options`` are other options of python-on-whales.

    Raises:
        UsageError: The context is not a folder, or python-on-whales refuses an option.
    """
    # This import takes a third of a second, so it waits for the first build.
    from python_on_whales import DockerClient  # noqa: PLC0415

    if not context.is_dir():
        raise UsageError(
            f"The build context {context} is not a folder.",
            next_step="give the folder that holds the Dockerfile and the files it copies",
        )
    with tempfile.NamedTemporaryFile(prefix="buildkit-lab-") as note:
        # python-on-whales does not run the build, because it cannot cancel a command that is
        # starting, and cannot read messages that are not UTF-8.
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
        # With `stream_logs` the result is an iterator, which its annotation does not say.
        for _ in cast("Iterator[str]", streamed):
            pass
        return ("docker", *os.fsdecode(note.read()).split("\0")[:-1])


class BuildOptions(TypedDict, total=False):
    """How a build runs; ``Sandbox.build_line`` says what each option means."""

    env: Mapping[str, str | None] | None
    timeout_s: float | None
    check: bool
    on_start: Callable[[RunningTrace], None] | None
    most_log_lines: int | None
    current_builder: bool


def build(
    paths: Paths,
    port: int,
    request: BuildRequest,
    *,
    cancel_token: CancelToken,
    provide: Callable[[str], bool] = lambda _: False,
    **options: Unpack[BuildOptions],
) -> Build:
    """Run a build or a bake as it was typed; returns it with its record and its image's size.

    A build that failed because the engine lost a layer, or because two exporters met, is run once
    more; a build without a base image is run again when the image is made. All are recorded.

    The build goes to the engine's own builder, unless the command names another one with
    ``--builder`` or ``current_builder`` is true: then it goes to the builder that
    ``docker buildx use`` chose.

    Args:
        paths: The sandbox's folders.
        port: The port of its registry.
        request: The build.
        cancel_token: Cancels it.
        provide: Called with the message of a failed build; makes the base images that the message
            reports as not found, and returns whether it made any.
        options: See ``BuildOptions``.

    Raises:
        BuildError: The build failed, and ``check`` is true (the default).
        BuildTimeout: It was still running after ``timeout_s`` and was cancelled.
        EngineError: The engine went away.
        Cancelled: ``cancel_token`` was cancelled; the build is cancelled.
    """
    env = client.environment(paths, port) | NO_PROVENANCE
    if not options.get("current_builder"):
        env |= client.OWN_BUILDER
    env = client.changed(env, options.get("env") or {})

    def run(timeout_s: float | None) -> Build:
        try:
            return _run(
                paths,
                request,
                env,
                timeout_s=timeout_s,
                on_start=options.get("on_start"),
                most_log_lines=options.get("most_log_lines"),
                cancel_token=cancel_token,
            )
        except BuildTimeout as error:
            note(error.build)
            raise

    accidents = [LAYER_REMOVED, NAME_TAKEN]  # each is tried once more

    def can_succeed_now(failed: Build) -> bool:
        for accident in accidents:
            if accident.search(failed.message):
                accidents.remove(accident)
                return True
        return provide(failed.message)

    timeout_s = options.get("timeout_s")
    made = run(timeout_s)
    while not made.ok and can_succeed_now(made):
        note(made)
        timeout_s = timeout_s if timeout_s is None else max(0.0, timeout_s - made.duration_s)
        made = run(timeout_s)
    note(made)
    if made.ok:
        return with_image_bytes(paths, made)
    if not rootless.healthy(paths, load(paths.state)):
        raise EngineError(
            "The engine went away during the build.",
            next_step="`sandbox up` starts it again; then repeat the build",
            argv=made.command,
            exit_code=made.exit_code,
            stderr_tail=process.tail(made.message),
            log_path=paths.logs / "dockerd.log",
            build=made,
        )
    # At once, while the files that the build read are still as they were.
    explanation = explain(made, request.cwd)
    explained = replace(made, explanation=explanation)
    if options.get("check", True):
        raise failure(explained, explanation)
    return explained


def with_image_bytes(paths: Paths, made: Build) -> Build:
    """The build with its image's size, as ``docker image inspect`` reports it."""
    if made.image_digest is None:
        return made
    # If the engine does not have the image, its answer is a message without a size.
    size = rootless.ask(paths, f"/images/{made.image_digest}/json").get("Size")
    return replace(made, image_bytes=size if isinstance(size, int) else None)


def _run(
    paths: Paths,
    request: BuildRequest,
    env: Mapping[str, str],
    *,
    timeout_s: float | None,
    on_start: Callable[[RunningTrace], None] | None,
    most_log_lines: int | None,
    cancel_token: CancelToken,
) -> Build:
    command = request.command
    with Recorder(
        paths.builds, request.stages, command.target, on_start, most_log_lines
    ) as recorder:
        argv = (
            str(paths.bin / "docker"),
            *command.words[1:],
            "--progress=rawjson",
            f"--metadata-file={recorder.metadata}",
            *command.arguments,
        )
        begin_bytes = package_files.log_bytes(paths)
        lines = process.stream(
            argv,
            within=client.confinement(paths),
            env=env,
            cwd=request.cwd,
            timeout_s=timeout_s,
            cancel_token=cancel_token,
        )
        with watched(paths) as strain:
            done = _record(lines, recorder)
        return recorder.finish(
            request.argv,
            CANCELLED_EXIT_CODE if done.exit_code is None else done.exit_code,
            downloads=package_files.downloads_since(
                paths, begin_bytes, patience_s=0 if done.ok else CUT_OFF_S
            ),
            strain=strain(),
            timed_out_s=timeout_s if done.timed_out else None,
        )


def _record(
    lines: Generator[tuple[str, str], None, process.Completed], recorder: Recorder
) -> process.Completed:
    """Record every line and return the generator's result; closing it cancels the process."""
    with contextlib.closing(lines):
        while True:
            try:
                _, line = next(lines)
            except StopIteration as end:
                done: process.Completed = end.value
                return done
            recorder.record(line)
