"""Reads ``RUN --mount`` of a Dockerfile.

Source: https://docs.docker.com/reference/dockerfile/#run---mount and
https://github.com/moby/buildkit/blob/master/frontend/dockerfile/instructions/commands_runmount.go
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, Fields, read_fields


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount of an instruction.

    Args:
        fields: All its fields.
    """

    fields: Fields

    @property
    def source(self) -> str | None:
        """The stage, context or image that ``from`` names; None without ``from``."""
        return self.fields.get("from") or None

    @property
    def has_variable_source(self) -> bool:
        """Whether a ``from`` refers to a variable, which BuildKit refuses."""
        return any("$" in value[:-1] for value in self.fields.all("from"))


def read_mount(entry: Entry) -> Mount:
    """Read the value of one ``--mount``.

    Raises:
        ParseError: It cannot be split into fields.
    """
    return Mount(read_fields(entry))
