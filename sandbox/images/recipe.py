"""What a base image is made from: one folder of ``recipes`` each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from sandbox.engine.debian import Tree, content_key

RECIPES = Path(str(files("sandbox.images"))) / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A base image that the engine builds by itself.

    Args:
        name: As in a FROM, without tag: ``lab/busybox``.
        tags: All the same image.
        platforms: As docker writes them.
        folder: Holds the Dockerfile and what it copies.
        size_mb: What is fetched to make it, in megabytes, for messages.
        suite: Of Debian, None when nothing is taken from there.
        variant: mmdebstrap's variant.
        packages: Of Debian; unpacked by the Dockerfile from ``rootfs-ARCH.tar``.
        key: Changes with anything that the image is made from.
    """

    name: str
    tags: tuple[str, ...]
    platforms: tuple[str, ...]
    folder: Path
    size_mb: int
    suite: str | None
    variant: str
    packages: tuple[str, ...]
    key: str

    def trees(self) -> dict[str, Tree]:
        """File name → what to fetch from Debian, one for each platform."""
        if self.suite is None:
            return {}
        architectures = [platform.split("/")[1] for platform in self.platforms]
        return {
            f"rootfs-{name}.tar": Tree(self.suite, self.packages, self.variant, name)
            for name in architectures
        }


@cache
def catalog() -> dict[str, Recipe]:
    """Name → recipe of every base image."""
    recipes = (_read(file.parent) for file in sorted(RECIPES.glob("*/image.toml")))
    return {recipe.name: recipe for recipe in recipes}


def wanted(reference: str) -> Recipe | None:
    """The recipe behind an image reference of a FROM or a ``# syntax=``, None for all others."""
    name = reference.removeprefix("docker.io/")
    name, _, _ = name.partition("@")
    repository, _, tag = name.partition(":")
    recipe = catalog().get(repository)
    return recipe if recipe is not None and (tag or "latest") in recipe.tags else None


def _read(folder: Path) -> Recipe:
    data = tomllib.loads((folder / "image.toml").read_text())
    rootfs = data.get("rootfs", {})
    contents = [f"{file.name}\0{file.read_text()}" for file in sorted(folder.iterdir())]
    return Recipe(
        name=data["name"],
        tags=tuple(data["tags"]),
        platforms=tuple(data["platforms"]),
        folder=folder,
        size_mb=data["size_mb"],
        suite=rootfs.get("suite"),
        variant=rootfs.get("variant", "extract"),
        packages=tuple(rootfs.get("packages", ())),
        key=content_key(contents),
    )
