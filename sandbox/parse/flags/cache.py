"""Reads ``--cache-to``, ``--cache-from`` and their bake keys: caches outside the builder.

Source: https://docs.docker.com/build/cache/backends/ and
https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/cache.go
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, Fields, read_csv, read_fields, write_fields


@dataclass(frozen=True, slots=True)
class Cache:
    """One cache to export to or to import from.

    Args:
        kind: Its ``type``; empty when the type is missing, which buildx refuses.
        fields: All its fields. A name alone stands for ``type=registry,ref=NAME``.
    """

    kind: str
    fields: Fields


def read_cache(entry: Entry) -> Cache:
    """Read one cache.

    Raises:
        ParseError: It cannot be split into fields.
    """
    if isinstance(entry, str):
        row = read_csv(entry)
        if len(row) == 1 and "=" not in row[0]:
            return Cache("registry", Fields((("type", "registry"), ("ref", row[0]))))
    fields = read_fields(entry)
    return Cache(fields.get("type"), fields)


def write_cache(cache: Cache) -> str:
    """The one spelling of a value that docker reads as this module does; see ``write_fields``."""
    return write_fields(cache.fields)
