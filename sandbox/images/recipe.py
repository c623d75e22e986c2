"""The sources of the base images: each image has a folder in ``recipes``."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from sandbox.engine import binfmt
from sandbox.engine.debian import Tree, content_key
from sandbox.images.sources import sources

RECIPES = Path(str(files("sandbox.images"))) / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """The sources of a base image, which the sandbox's engine builds.

    Args:
        name: The name in a FROM, without tag: ``lab/busybox``.
        tags: The image's tags.
        platforms: The image's platforms, as docker writes them. ``image.toml`` names each as
            ``native``, this machine's, or ``foreign``, the one that the sandbox emulates.
        folder: The folder with the Dockerfile and the files that it copies.
        size_mb: The size of the downloads in megabytes, for messages; measured with
            ``image_cache.fetched_bytes``.
        suite: The Debian release to take packages from; None: the image has no Debian packages.
        variant: mmdebstrap's ``--variant``.
        packages: Debian packages, which the Dockerfile unpacks from ``rootfs-ARCH.tar``.
        index: The package index that the image's programs are configured for; None: no index.
        also: Other names of the same image, with tag.
        wheels: The requirements file in ``folder`` for wheels from PyPI, which are put into
            ``wheels-ARCH``; None: the image has no wheels.
        key: A key of all sources of the image.
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
        """All names of the image in the registry, each with a tag."""
        return (*(f"{self.name}:{tag}" for tag in self.tags), *self.also)

    @property
    def architectures(self) -> tuple[str, ...]:
        """The architectures of the image's platforms, as docker writes them."""
        return tuple(platform.split("/")[1] for platform in self.platforms)

    def trees(self) -> dict[str, Tree]:
        """File name → Debian packages to download into it, for each platform."""
        if self.suite is None:
            return {}
        return {
            f"rootfs-{name}.tar": Tree(self.suite, self.packages, self.variant, name)
            for name in self.architectures
        }


@cache
def catalog() -> dict[str, Recipe]:
    """Name → recipe, for all base images."""
    recipes = (read_recipe(file.parent) for file in sorted(RECIPES.glob("*/image.toml")))
    return {recipe.name: recipe for recipe in recipes}


def base_images() -> tuple[str, ...]:
    """The names of the images for use in a FROM.

    The remaining images are those that docker, buildx or a command of a lesson requests by itself.
    """
    return tuple(
        name for name, one in catalog().items() if name.startswith("lab/") and not one.also
    )


def wanted(reference: str) -> Recipe | None:
    """The recipe for an image reference of a FROM or a ``# syntax=``; None: not a base image."""
    name, _, _ = reference.removeprefix("docker.io/").partition("@")
    repository, _, tag = name.partition(":")
    return _by_name().get(f"{repository}:{tag or 'latest'}")


def tags_of(repository: str) -> tuple[str, ...]:
    """The tags with which the lab serves images of a name without tag; empty: it has none."""
    names = (name.rpartition(":") for name in _by_name())
    return tuple(tag for name, _, tag in names if name == repository)


@cache
def _by_name() -> dict[str, Recipe]:
    return {name: recipe for recipe in catalog().values() for name in recipe.names}


def read_recipe(folder: Path) -> Recipe:
    """The recipe in a folder with an ``image.toml``."""
    data = tomllib.loads((folder / "image.toml").read_text())
    rootfs = data.get("rootfs", {})
    files = [file for file in sources(folder) if file.name != "image.toml"]
    machines = {"native": binfmt.native(), "foreign": binfmt.foreign()}
    # Sorted, so that the order of a machine's platforms is not part of the key.
    data["platforms"] = sorted(f"linux/{machines[name].docker}" for name in data["platforms"])
    # The measured size is not part of the key: a new measurement must not rebuild the image.
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
