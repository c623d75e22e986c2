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
"""Of what a container prints on each stream: a program may well print as fast as it can."""
_LATE_S = 10.0
"""How long the client may take to notice that its container was removed."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a container did.

    Args:
        exit_code: None when it was still running when its time was up.
        stdout: Whole; of more than ``KEEP_BYTES`` the beginning, and a line that says so.
        stderr: The same.
        duration_s: With the container's start.
        timed_out: Whether it was stopped because its time was up.
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
        CommandError: The engine could not start it (no such image, no such program).
    """
    name = f"lab-run-{uuid.uuid4().hex[:12]}"
    which = () if platform is None else (f"--platform={platform}",)
    # The engine would keep all that is printed on its disk as well.
    options = ("--rm", "--network=none", "--log-driver=none", f"--name={name}")
    argv = ("run", *options, *which, image, *args)

    def end() -> None:
        # Of a stop the thread that waits for the client hears.
        with suppress(SandboxError, Cancelled):
            _remove(docker, name)

    try:
        # Without its container the client ends; interrupted, it would wait for one that does not
        # heed the signal, and print all the while. If there is no container yet, its own time ends.
        with process.Deadline(timeout_s, end) as deadline:
            done = docker(*argv, timeout_s=timeout_s + _LATE_S, check=False, keep_bytes=KEEP_BYTES)
    except BaseException:  # interrupted, or asked to stop
        with suppress(SandboxError):
            _remove(docker, name)
        raise
    if deadline.reached:
        finish_cleanup(lambda: _remove(docker, name))
    # docker run's own failures. Source: docker run, reference, exit status.
    elif done.exit_code in (125, 126, 127) and "docker: " in done.stderr:
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
