"""The format of exercise.toml as a JSON Schema, for editors.

The schema is made from the dataclasses that the file is read into, and from their docstrings.
Editors complete keys by ``properties``; ``if`` and ``then`` tie the params to their kind, so that
an editor marks a fault in its own line. Some faults, such as a wrong combination of values, are
found by ``__post_init__`` of a dataclass; these only the checker reports.

Source: JSON Schema draft 7; ``x-taplo`` is read by the editors' language server Taplo.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Mapping
from inspect import getdoc
from typing import Any

from checker.checks import KINDS
from checker.command.command_line import KINDS as LINE_KINDS
from checker.course.loading import CHECK_ID, FORMAT_VERSION, VARIABLE, CheckTable, Header
from checker.course.toml_table import is_required
from checker.exercise import CheckSpec, Exercise
from checker.workbench.leases import LENDS

NAME = "exercise.schema.json"
"""The file's name, beside the exercises."""

_Schema = dict[str, Any]
_TABLE: _Schema = {"type": "object"}
_TYPES: Mapping[object, _Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    tuple[str, ...]: {"type": "array", "items": {"type": "string"}},
    Mapping[str, object]: _TABLE,
}
_NAMES_OF_VARIABLES: _Schema = {"items": {"type": "string", "pattern": f"^{VARIABLE.pattern}$"}}
_ARGUMENT = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def exercise_schema() -> _Schema:
    """The schema of exercise.toml."""
    checks = {
        "type": "array",
        "minItems": 1,
        "items": {**_check_schema(), "allOf": [_kind_schema(name) for name in KINDS]},
    }
    header = _table_schema(
        Header,
        texts=_arguments(Exercise) | _arguments(Header),
        more={
            "format_version": {"enum": [FORMAT_VERSION]},
            "timeout_s": {"exclusiveMinimum": 0},
            "submit": {"minItems": 1},
            "line": {"enum": list(LINE_KINDS)},
            "secrets": _NAMES_OF_VARIABLES,
            "variables": _NAMES_OF_VARIABLES,
            "lends": {"items": {"type": "string", "enum": list(LENDS)}},
            "checks": checks,
        },
    )
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An exercise of BuildKit Lab",
        **header,
        "description": "Made by `checker schema`: change the checker instead.",
    }


def as_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(exercise_schema(), indent=2, ensure_ascii=False) + "\n"


def _check_schema() -> _Schema:
    """The schema of a ``[[checks]]`` of any kind; editors can complete the params of all kinds."""
    params: dict[str, _Schema] = {}
    for name, kind in KINDS.items():
        for param, text in _arguments(kind).items():
            known = params.setdefault(param, {"description": ""})
            known["description"] = f"{known['description']}\n{name}: {text}".strip()
    return _table_schema(
        CheckTable,
        texts=_arguments(CheckSpec) | _arguments(CheckTable),
        more={
            "id": {"pattern": f"^{CHECK_ID.pattern}$"},
            "kind": {
                "enum": list(KINDS),
                "x-taplo": {"docs": {"enumValues": [_summary(kind) for kind in KINDS.values()]}},
            },
            "points": {"minimum": 1},
            "params": {"properties": dict(sorted(params.items()))},
        },
    )


def _kind_schema(name: str) -> _Schema:
    """The schema of the params if a check is of this kind."""
    kind = KINDS[name]
    params = _table_schema(kind, texts=_arguments(kind), more={})
    then: _Schema = {"properties": {"params": {"title": name, **params}}}
    if "required" in params:
        then["required"] = ["params"]
    return {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": then}


def _table_schema(kind: type, *, texts: Mapping[str, str], more: Mapping[str, _Schema]) -> _Schema:
    """The schema of a table that is read into a dataclass.

    Args:
        kind: The dataclass.
        texts: Descriptions, by key.
        more: Constraints beyond the type, by key.
    """
    assert dataclasses.is_dataclass(kind)
    types = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    required = [field.name for field in fields if is_required(field)]
    return {
        "description": _summary(kind),
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": {
            field.name: {
                "description": texts.get(field.name, ""),
                **_type_schema(types[field.name]),
                **_default(field),
                **more.get(field.name, {}),
            }
            for field in fields
        },
    }


def _type_schema(wanted: Any) -> _Schema:
    inner = [t for t in typing.get_args(wanted) if t is not type(None)]
    if type(None) in typing.get_args(wanted):  # a missing key means None
        wanted = inner[0]
    if wanted == tuple[Mapping[str, object], ...]:
        return {"type": "array", "items": _TABLE}
    return _TYPES[wanted]


def _default(field: dataclasses.Field[Any]) -> _Schema:
    if field.default in (dataclasses.MISSING, None):
        return {}
    return {"default": list(field.default) if isinstance(field.default, tuple) else field.default}


def _summary(kind: type) -> str:
    """The first paragraph of a class's docstring, on one line."""
    return _flat((getdoc(kind) or "").partition("\n\n")[0])


def _arguments(kind: type) -> dict[str, str]:
    """The descriptions of the fields under ``Args:`` in a class's docstring."""
    _, _, arguments = (getdoc(kind) or "").partition("\nArgs:\n")
    return {name: _flat(text) for name, text in _ARGUMENT.findall(arguments)}


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")
