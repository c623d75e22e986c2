"""Environment variables that are set for a while and then put back."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from typing import Self


class ScopedEnvironment:
    """Sets variables and remembers their former values; as a context manager it puts them back.

    Args:
        environ: The environment to change; by default, the environment of this process.
    """

    def __init__(self, environ: MutableMapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._before: dict[str, str | None] = {}

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to put back."""
        return bool(self._before)

    def set(self, variables: Mapping[str, str | None]) -> Self:
        """Set these variables; one that is None is removed. Can be repeated."""
        for name, value in variables.items():
            self._before.setdefault(name, self._environ.get(name))
            self._put(name, value)
        return self

    def restore(self) -> None:
        """Put back the values from before the first ``set``."""
        for name, value in self._before.items():
            self._put(name, value)
        self._before.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def _put(self, name: str, value: str | None) -> None:
        if value is None:
            self._environ.pop(name, None)
        else:
            self._environ[name] = value
