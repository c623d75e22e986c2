"""The sources of base images: a folder of ``recipes`` for each."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from sandbox.engine.debian import Tree, content_key
from sandbox.images.sources import sources

RECIPES = Path(str(files("sandbox.images"))) / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """The recipe for a base image that the engine builds.

    Args:
        name: As in a FROM, without tag: ``lab/busybox``.
        tags: All name the same image.
        platforms: As docker writes them.
        folder: Holds the Dockerfile and the files that it copies.
        size_mb: Megabytes that are downloaded to make it, for messages; measured, see
            ``image_cache.fetched_bytes``.
        suite: Of Debian; None for an image without Debian packages.
        variant: mmdebstrap's variant.
        packages: Debian packages; the Dockerfile unpacks them from ``rootfs-ARCH.tar``.
        index: The package index that its programs are set up for; None without one.
        also: Other names of the same image, with tag.
        wheels: Requirements file in ``folder`` for the packages from PyPI in ``wheels-ARCH``;
            None for an image without them.
        key: Changes with every source of the image.
    """

    name: str
    tags: tuple[str, ...]
    platforms: tuple[str, ...]
    folder: Path
    size_mb: int
    suite: str | None
    variant: str
    packages: tuple[str, ...]
    index: str | None
    also: tuple[str, ...]
    wheels: str | None
    key: str

    @property
    def names(self) -> tuple[str, ...]:
        """All names under which the registry serves the image, with their tags."""
        return (*(f"{self.name}:{tag}" for tag in self.tags), *self.also)

    @property
    def architectures(self) -> tuple[str, ...]:
        """The architectures of its platforms, as docker writes them."""
        return tuple(platform.split("/")[1] for platform in self.platforms)

    def trees(self) -> dict[str, Tree]:
        """File name → the Debian tree in it, one for each platform."""
        if self.suite is None:
            return {}
        return {
            f"rootfs-{name}.tar": Tree(self.suite, self.packages, self.variant, name)
            for name in self.architectures
        }


@cache
def catalog() -> dict[str, Recipe]:
    """Name → recipe of every base image."""
    recipes = (read_recipe(file.parent) for file in sorted(RECIPES.glob("*/image.toml")))
    return {recipe.name: recipe for recipe in recipes}


def base_images() -> tuple[str, ...]:
    """The names of the images for a learner's FROM.

    Tools pull the other images by themselves.
    """
    return tuple(
        name for name, one in catalog().items() if name.startswith("lab/") and not one.also
    )


def wanted(reference: str) -> Recipe | None:
    """The recipe of an image reference, as in a FROM or a ``# syntax=``; None for other images."""
    name, _, _ = reference.removeprefix("docker.io/").partition("@")
    repository, _, tag = name.partition(":")
    return _by_name().get(f"{repository}:{tag or 'latest'}")


@cache
def _by_name() -> dict[str, Recipe]:
    return {name: recipe for recipe in catalog().values() for name in recipe.names}


def read_recipe(folder: Path) -> Recipe:
    """The recipe in a folder with an ``image.toml``."""
    data = tomllib.loads((folder / "image.toml").read_text())
    rootfs = data.get("rootfs", {})
    files = [file for file in sources(folder) if file.name != "image.toml"]
    # A new measurement of the size does not change the image.
    made_from = {name: value for name, value in data.items() if name != "size_mb"}
    contents = [json.dumps(made_from, sort_keys=True)]
    contents += [f"{file.name}\0{file.read_text()}" for file in files]
    return Recipe(
        name=data["name"],
        tags=tuple(data["tags"]),
        platforms=tuple(data["platforms"]),
        folder=folder,
        size_mb=data["size_mb"],
        suite=rootfs.get("suite"),
        variant=rootfs.get("variant", "extract"),
        packages=tuple(rootfs.get("packages", ())),
        index=data.get("index"),
        also=tuple(data.get("also", ())),
        wheels=data.get("wheels"),
        key=content_key(contents),
    )
