"""A container of an image, run to its end and removed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sandbox import process
from sandbox.cancellation import Cancelled, finish_cleanup
from sandbox.engine.client import DockerRunner
from sandbox.errors import CommandError, SandboxError

KEEP_BYTES = 1 << 20
"""How many bytes of each output stream are kept; some programs never stop printing."""
ENGINE_FAILED = 125
"""docker run's exit code for a failure of the engine. A container can end with it, too."""
_LATE_S = 10.0
"""How long the client may take to notice that its container was removed."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a container that has ended.

    Args:
        exit_code: None when the container was still running after its time limit.
        stdout: All of it; beyond ``KEEP_BYTES``, the beginning and a line that says so.
        stderr: The same.
        duration_s: Including the container's start.
        timed_out: Whether it was stopped at its time limit.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    duration_s: float
    timed_out: bool


def run(
    docker: DockerRunner,
    image: str,
    args: Sequence[str],
    *,
    timeout_s: float,
    platform: str | None = None,
) -> RunResult:
    """See ``Sandbox.run``.

    Args:
        docker: Runs the sandbox's docker client.

    Raises:
        CommandError: The engine could not start the container (no such image or program).
    """
    name = f"lab-run-{uuid.uuid4().hex[:12]}"
    which = () if platform is None else (f"--platform={platform}",)
    # With a log driver, the engine would also write all output to its disk.
    options = ("--rm", "--network=none", "--log-driver=none", f"--name={name}")
    argv = ("run", *options, *which, image, *args)

    def end() -> None:
        # Cancellation is raised in the thread that waits for the client.
        with suppress(SandboxError, Cancelled):
            _remove(docker, name)

    try:
        # The client ends when its container is removed. Interrupted instead, it would wait for a
        # container that ignores the signal, and go on printing. If there is no container yet, the
        # client's own time limit ends it.
        with process.Deadline(timeout_s, end) as deadline:
            done = docker(*argv, timeout_s=timeout_s + _LATE_S, check=False, keep_bytes=KEEP_BYTES)
    except BaseException:  # interrupted or cancelled
        with suppress(SandboxError):
            _remove(docker, name)
        raise
    if deadline.reached:
        finish_cleanup(lambda: _remove(docker, name))
    # docker run's own failures. Source: docker run, reference, exit status.
    elif done.exit_code in (ENGINE_FAILED, 126, 127) and "docker: " in done.stderr:
        raise CommandError(
            f"The image {image} could not be run.",
            next_step="look at its CMD or ENTRYPOINT, and at the command that was given",
            argv=done.argv,
            exit_code=done.exit_code,
            stderr_tail=process.tail(done.stderr),
        )
    exit_code = None if deadline.reached else done.exit_code
    return RunResult(exit_code, done.stdout, done.stderr, done.duration_s, deadline.reached)


def _remove(docker: DockerRunner, name: str) -> None:
    docker("rm", "--force", "--volumes", name, check=False)
