"""A container of an image, run to its end and removed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sandbox import process
from sandbox.errors import CommandError, SandboxError
from sandbox.stop import to_the_end


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a container did.

    Args:
        exit_code: None when it was still running when its time was up.
        stdout: Whole.
        stderr: Whole.
        duration_s: With the container's start.
        timed_out: Whether it was stopped because its time was up.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    duration_s: float
    timed_out: bool


def run(
    docker: Callable[..., process.Completed],
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
    argv = ("run", "--rm", "--network=none", f"--name={name}", *which, image, *args)
    try:
        done = docker(*argv, timeout_s=timeout_s, check=False)
    except BaseException:  # interrupted, or asked to stop
        with suppress(SandboxError):
            _remove(docker, name)
        raise
    if done.timed_out:
        to_the_end(lambda: _remove(docker, name))
    # docker run's own failures. Source: docker run, reference, exit status.
    elif done.exit_code in (125, 126, 127) and "docker: " in done.stderr:
        raise CommandError(
            f"The image {image} could not be run.",
            next_step="look at its CMD or ENTRYPOINT, and at the command that was given",
            argv=done.argv,
            exit_code=done.exit_code,
            stderr_tail=process.tail(done.stderr),
        )
    return RunResult(done.exit_code, done.stdout, done.stderr, done.duration_s, done.timed_out)


def _remove(docker: Callable[..., process.Completed], name: str) -> None:
    # Interrupting the client does not stop a container that ignores the signal.
    docker("rm", "--force", name, check=False)
