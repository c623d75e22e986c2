"""Packages that builds have downloaded.

A **package** is an archive that an index never changes under its name. Other requests, such as
lists of packages, do not count: tools repeat them in each build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from checker.checks.amounts import amount

if TYPE_CHECKING:
    from sandbox import Build, Download

_ARCHIVES = (".deb", ".tgz", ".whl", ".zip")


def packages_of(builds: Iterable[Build], index: str) -> list[Download]:
    """Packages served during these builds, deduplicated (they share one log)."""
    found = {
        (item.path, item.started): item
        for build in builds
        for item in (build.downloads or ())
        if item.index == index and item.path.endswith(_ARCHIVES) and item.size_bytes
    }
    return list(found.values())


def package_name(package: Download) -> str:
    """The archive's name. A Go archive is named by its version alone, so the module is added."""
    path = package.path.removeprefix(f"/{package.index}/")
    module, at, version = path.partition("/@v/")
    return f"{module} {version.removesuffix('.zip')}" if at else path.rpartition("/")[2]


def packages_in_words(packages: Sequence[Download]) -> str:
    """The number of packages and their size, in words."""
    if not packages:
        return "no package"
    many = "1 package" if len(packages) == 1 else f"{len(packages)} packages"
    return f"{many} ({amount(sum(package.size_bytes for package in packages))})"
