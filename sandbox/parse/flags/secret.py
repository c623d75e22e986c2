"""Reads ``--secret``, and ``secret`` in a bake file: a secret that a build may mount.

Source: https://docs.docker.com/reference/cli/docker/buildx/build/#secret and
https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/secrets.go
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, Fields, read_fields, write_fields

FIELDS = ("id", "type", "env", "src", "source")
"""The fields that a secret can have."""
_PLACES = ("env", "src", "source")


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret.

    Args:
        id: The name by which a mount asks for it.
        kind: ``env``, ``file`` or empty.
        variable: The variable that holds the secret; empty when no variable is named.
        path: The file that holds the secret; empty when no file is named. Without a variable and a
            file, buildx uses the variable with the id as its name, or, if there is no such
            variable, the file with that name.
        fields: All its fields, including fields that a secret should not have.
    """

    id: str
    kind: str
    variable: str
    path: str
    fields: Fields

    @property
    def is_ambiguous(self) -> bool:
        """Whether a field, or the source of the secret, is given more than once."""
        names = (*self.fields.names, *self.fields.nameless)
        return len(set(names)) < len(names) or sum(name in _PLACES for name in names) > 1


def read_secret(entry: Entry) -> Secret:
    """Read one secret.

    Raises:
        ParseError: It cannot be split into fields.
    """
    fields = read_fields(entry)
    kind, variable = fields.get("type"), fields.get("env")
    path = next((value for name, value in reversed(fields.pairs) if name in _PLACES[1:]), "")
    if kind == "env" and not variable:
        variable, path = path, ""
    return Secret(fields.get("id"), kind, variable, path, fields)


def write_secret(secret: Secret) -> str:
    """The one spelling of a value that docker reads as this module does; see ``write_fields``."""
    return write_fields(secret.fields)
