"""Reads TOML tables strictly into dataclasses: an unknown key is an error that names the key.

The fields of the dataclass are the schema. A field without a default is a required key. A
dataclass refuses a combination of values by a ``ValueError`` from its ``__post_init__``.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from checker.errors import ExerciseError

T = TypeVar("T")

_NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple[str, ...]: "a list of strings",
    tuple[Mapping[str, object], ...]: "a list of tables",
    Mapping[str, object]: "a table",
}


def read(kind: type[T], table: Mapping[str, object], *, where: str) -> T:
    """Make a ``kind`` from the keys of ``table``.

    Args:
        kind: A dataclass whose fields have types of TOML.
        table: A table as ``tomllib`` reads it.
        where: The file and the table in it, for messages.

    Raises:
        ExerciseError: A key is unknown, missing or of another type, or the dataclass refuses it.
    """
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is not a dataclass")
    fields, types = _schema(kind)
    allowed = ", ".join(fields) or "none"
    for key in table:
        if key not in fields:
            near = get_close_matches(key, fields, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise _refused(where, f"unknown key '{key}'.{meant}", f"allowed here: {allowed}")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(table[name], types[name], where, name)
        elif is_required(field):
            raise _refused(where, f"key '{name}' is missing.", f"add it; allowed here: {allowed}")
    try:
        return kind(**values)
    except ValueError as error:
        raise _refused(where, f"{error}.", "correct the value and run `checker lint`") from error


@functools.cache  # because the course has some 200 tables of 30 dataclasses
def _schema(kind: type[Any]) -> tuple[dict[str, dataclasses.Field[Any]], dict[str, Any]]:
    """The fields of a dataclass and their types, by name."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    return fields, typing.get_type_hints(kind)


def _value(value: object, wanted: Any, where: str, name: str) -> object:
    inner = [t for t in typing.get_args(wanted) if t is not type(None)]
    if type(None) in typing.get_args(wanted):  # X | None: a missing key means None
        wanted = inner[0]
    if wanted is float and type(value) is int:
        return float(value)
    if wanted in (str, int, float, bool) and type(value) is wanted:
        return value
    if wanted == Mapping[str, object] and isinstance(value, dict):
        return value
    of = {tuple[str, ...]: str, tuple[Mapping[str, object], ...]: dict}.get(wanted)
    if of is not None and isinstance(value, list) and all(type(v) is of for v in value):
        return tuple(value)
    raise _refused(where, f"key '{name}' is {value!r}.", f"make it {_NAMES[wanted]}")


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether a table must have the key."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _refused(where: str, what: str, next_step: str) -> ExerciseError:
    return ExerciseError(f"{where}: {what}", next_step=next_step)
