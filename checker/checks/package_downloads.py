"""Packages that builds have downloaded.

A **package** here is an archive that an index promises never to change under its name. What
else is asked of an index, such as which packages there are, is free: tools ask each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from checker.checks.amounts import amount

if TYPE_CHECKING:
    from sandbox import Build, Download

_ARCHIVES = (".deb", ".tgz", ".whl", ".zip")


def packages_of(builds: Iterable[Build], index: str) -> list[Download]:
    """Every package that was served, whichever of the builds noticed: one log serves all."""
    found = {
        (item.path, item.started): item
        for build in builds
        for item in (build.downloads or ())
        if item.index == index and item.path.endswith(_ARCHIVES) and item.size_bytes
    }
    return list(found.values())


def package_name(package: Download) -> str:
    """The archive's name; Go's are all called after their version."""
    path = package.path.removeprefix(f"/{package.index}/")
    module, at, version = path.partition("/@v/")
    return f"{module} {version.removesuffix('.zip')}" if at else path.rpartition("/")[2]


def packages_in_words(packages: Sequence[Download]) -> str:
    """How many, and how much that is."""
    if not packages:
        return "no package"
    many = "1 package" if len(packages) == 1 else f"{len(packages)} packages"
    return f"{many} ({amount(sum(package.size_bytes for package in packages))})"
