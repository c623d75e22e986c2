"""Builds of what the lab itself needs, with the sandbox's engine."""

from __future__ import annotations

from sandbox import process
from sandbox.engine import client
from sandbox.engine.paths import Paths
from sandbox.errors import CommandError, SetupError


def build(paths: Paths, port: int, what: str, again: str, *arguments: str) -> None:
    """Run ``docker buildx build`` with the sandbox's own client.

    Args:
        paths: The sandbox's folders.
        port: The port of its registry.
        what: The product, for the error's message.
        again: The command that repeats the build, for the error's next step.
        arguments: Of the build, the context last.

    Raises:
        SetupError: The build failed.
    """
    argv = (str(paths.bin / "docker"), "buildx", "build", "--provenance=false")
    try:
        env = client.environment(paths, port) | client.OWN_BUILDER
        process.run((*argv, "--progress=plain", *arguments), env=env)
    except CommandError as error:
        raise SetupError(
            f"{what} could not be built.",
            next_step=f"run `sandbox doctor`, then {again} to try it again",
            argv=error.argv,
            exit_code=error.exit_code,
            stderr_tail=error.stderr_tail,
        ) from error
