"""The house: no import circle, and no two modules or classes of one name for different things."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("sandbox", "checker")
DATA = {"recipes", "indexes", "templates"}
"""Folders of files that are copied, never imported."""

ONE_ROLE_IN_EACH_PACKAGE = {
    "UsageError": "each command line has an error tree of its own, and each tree has this branch",
}
"""Classes that may have the same name in both packages, and why."""
ONE_ROLE_IN_EACH_PLACE = {
    "__init__": "Python's own name",
    "__main__": "Python's own name",
    "cli": "each package has one command line",
    "errors": "each package has one error tree",
    "extension": "what %load_ext loads, once for each package",
    "magic": "each package has one magic",
    "widget": "what loads a package's own scripts into a widget",
    "actions": "the handle of the CI cache, and nothing else",
}
"""Modules that may have the same base name, and why."""


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not DATA & set(path.relative_to(ROOT).parts):
                yield path


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports for type checking count: whoever reads the code follows them."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=False)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"An import circle: {' -> '.join(reversed(error.args[1]))}")


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert {n: w for n, w in twice.items() if n not in ONE_ROLE_IN_EACH_PACKAGE} == {}


def test_a_module_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in modules():
        places[path.stem].append(str(path.relative_to(ROOT)))
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert {n: w for n, w in twice.items() if n not in ONE_ROLE_IN_EACH_PLACE} == {}
