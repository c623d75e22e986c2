"""Builds that the lab runs for itself: base images and package indexes."""

from __future__ import annotations

from sandbox import process
from sandbox.engine import client
from sandbox.engine.paths import Paths
from sandbox.errors import CommandError, SetupError


def build(paths: Paths, port: int, what: str, again: str, *arguments: str) -> None:
    """Run ``docker buildx build`` with the sandbox's own client.

    Args:
        paths: The sandbox's folders.
        port: The port of the sandbox's registry.
        what: The result of the build, for error messages.
        again: The command that tries the build again, for error messages.
        arguments: Options of ``docker buildx build``, and the context as the last argument.

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
