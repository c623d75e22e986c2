"""Reads ``--output``, and ``output`` in a bake file: the destination of a build's result.

Source: https://docs.docker.com/reference/cli/docker/buildx/build/#output and
https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/export.go
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, Fields, read_csv, read_fields, write_fields


@dataclass(frozen=True, slots=True)
class Output:
    """One output.

    Args:
        kind: Its ``type``; empty when the type is missing, which buildx refuses.
        fields: All its fields. A path alone stands for ``type=local,dest=PATH``, and a hyphen
            alone for ``type=tar,dest=-``.
    """

    kind: str
    fields: Fields

    @property
    def writes_files(self) -> bool:
        """Whether it names a file or folder of this machine."""
        return "dest" in self.fields.names

    @property
    def names(self) -> tuple[str, ...]:
        """Every image name in the output; one field may hold several names."""
        values = self.fields.all("name")
        return tuple(name for value in values for name in value.split(",") if name)


def read_output(entry: Entry) -> Output:
    """Read one output.

    Raises:
        ParseError: It cannot be split into fields.
    """
    if isinstance(entry, str) and read_csv(entry) == (entry,) and not entry.startswith("type="):
        kind = "tar" if entry == "-" else "local"
        return Output(kind, Fields((("type", kind), ("dest", entry))))
    fields = read_fields(entry, trims=True)
    return Output(fields.get("type"), fields)


def write_output(output: Output) -> str:
    """The one spelling of a value that docker reads as this module does; see ``write_fields``."""
    return write_fields(output.fields)
