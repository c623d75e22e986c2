"""The sources of package indexes: a folder of ``indexes`` for each."""

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
    """The lab's own packages, and the files of an index that package managers request.

    Args:
        name: The index's folder at ``http://packages.lab``.
        image: The base image whose tools make the index.
        folder: Holds the packages' sources, and the Dockerfile whose result is the index.
        key: Changes with every file in the folder.
    """

    name: str
    image: str
    folder: Path
    key: str


@cache
def indexes() -> dict[str, PackageIndex]:
    """Name → every package index."""
    found = (_read(file.parent) for file in sorted(INDEXES.glob("*/index.toml")))
    return {index.name: index for index in found}


def _read(folder: Path) -> PackageIndex:
    data = tomllib.loads((folder / "index.toml").read_text())
    contents = [
        f"{path.relative_to(folder).as_posix()}\0{path.read_text()}" for path in sources(folder)
    ]
    return PackageIndex(data["name"], data["image"], folder, content_key(contents))
