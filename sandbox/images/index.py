"""The sources of the package indexes: each index has a folder in ``indexes``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from sandbox.engine.debian import content_key
from sandbox.images.sources import sources

INDEXES = Path(str(files("sandbox.images"))) / "indexes"


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """An index of the lab's own packages, with the files that a package manager requests.

    Args:
        name: The index's folder at ``http://packages.lab``.
        image: The base image whose tools make the index.
        folder: The packages' sources, and the Dockerfile that builds the index from them.
        key: A key of all files in ``folder``.
    """

    name: str
    image: str
    folder: Path
    key: str


@cache
def indexes() -> dict[str, PackageIndex]:
    """Name → package index, for all indexes."""
    found = (_read(file.parent) for file in sorted(INDEXES.glob("*/index.toml")))
    return {index.name: index for index in found}


def _read(folder: Path) -> PackageIndex:
    data = tomllib.loads((folder / "index.toml").read_text())
    contents = [
        f"{path.relative_to(folder).as_posix()}\0{path.read_text()}" for path in sources(folder)
    ]
    return PackageIndex(data["name"], data["image"], folder, content_key(contents))
