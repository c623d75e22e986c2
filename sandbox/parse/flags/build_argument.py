"""Reads ``--build-arg``, and ``args`` in a bake file: the value of an ARG.

Source: https://docs.docker.com/reference/cli/docker/buildx/build/#build-arg
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, to_text, write_text


@dataclass(frozen=True, slots=True)
class BuildArgument:
    """One build argument.

    Args:
        name: The name of the ARG.
        value: Its value; None when the value is in the environment variable of that name.
    """

    name: str
    value: str | None


def read_build_argument(entry: Entry) -> BuildArgument:
    """Read one build argument, ``NAME=VALUE`` or ``NAME``."""
    name, has_value, value = to_text(entry).partition("=")
    return BuildArgument(name, value if has_value else None)


def write_build_argument(argument: BuildArgument) -> str:
    """The value of the option; see ``write_text``."""
    return write_text(
        argument.name if argument.value is None else f"{argument.name}={argument.value}"
    )
