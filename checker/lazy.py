"""Lets a package export names and import their modules only on first use.

A command such as ``checker list`` has to answer at once, so the engine's side loads only for the
commands that use it: ``learner.Attempts`` imports ``checker.learner.attempts`` when it is reached.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package: it imports the home of a name when the name is first used.

    Args:
        package: The package's ``__name__``.
        homes: For each module, the names to export; if empty, the module itself is exported.
    """
    by_name = {name: home for home, names in homes.items() for name in names}
    modules = {home.rpartition(".")[2]: home for home, names in homes.items() if not names}

    def find(name: str) -> Any:
        if name in modules:
            return import_module(modules[name])
        if name not in by_name:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(by_name[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
