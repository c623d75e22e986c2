"""Reads the output of ``docker buildx bake --print``: all targets, with evaluated values.

Source: docker buildx bake, reference; https://docs.docker.com/build/bake/reference/ (buildx 0.29)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sandbox.errors import ParseError
from sandbox.parse.flags.fields import Entry, to_text

OPTION_OF_KEY: Mapping[str, str] = MappingProxyType(
    {
        "annotations": "--annotation",
        "args": "--build-arg",
        "attest": "--attest",
        "cache-from": "--cache-from",
        "cache-to": "--cache-to",
        "call": "--call",
        "contexts": "--build-context",
        "dockerfile": "--file",
        "entitlements": "--allow",
        "extra-hosts": "--add-host",
        "labels": "--label",
        "network": "--network",
        "no-cache": "--no-cache",
        "no-cache-filter": "--no-cache-filter",
        "output": "--output",
        "platforms": "--platform",
        "pull": "--pull",
        "secret": "--secret",
        "shm-size": "--shm-size",
        "ssh": "--ssh",
        "tags": "--tag",
        "target": "--target",
        "ulimits": "--ulimit",
    }
)
"""For each key of a target, the option of ``docker buildx build`` that does the same."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a bake file.

    Args:
        name: Its name.
        values: Its keys, each with its value as JSON has it.
    """

    name: str
    values: Mapping[str, Any]

    def text(self, key: str, default: str) -> str:
        """The value of a key that has one value."""
        return to_text(self.values.get(key, default))

    def entries(self, key: str) -> Iterator[Entry]:
        """The value of a key, as the list of values that the equivalent option would take."""
        value = self.values.get(key)
        if isinstance(value, Mapping):
            for name, content in value.items():
                yield name if content is None else f"{name}={to_text(content)}"
        elif isinstance(value, list):
            for entry in value:
                yield entry if isinstance(entry, Mapping) else to_text(entry)
        elif value is not None:
            yield to_text(value)


@dataclass(frozen=True, slots=True)
class BakePlan:
    """The targets that a bake will build.

    Args:
        document: The whole output, as parsed JSON.
        targets: Its targets.
    """

    document: Mapping[str, Any]
    targets: tuple[Target, ...]

    @property
    def text(self) -> str:
        """The plan as the text of a JSON bake file."""
        return json.dumps(self.document)


def read_bake_plan(printed: str) -> BakePlan:
    """Read the output of ``bake --print``.

    Raises:
        ParseError: The output is not JSON, or does not have the form of a plan.
    """
    try:
        document = json.loads(printed)
        targets = tuple(Target(name, dict(values)) for name, values in document["target"].items())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ParseError(
            f"What buildx printed about the targets cannot be read: {error}.",
            next_step="run `docker buildx bake --print`, and look at what it prints",
        ) from error
    return BakePlan(document, targets)
