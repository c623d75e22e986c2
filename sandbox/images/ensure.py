"""Provides the base images that a build names, and their packages, before the build begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.engine import doctor, rootfs
from sandbox.engine.paths import Paths
from sandbox.images import image_cache
from sandbox.images.base_images import BaseImages
from sandbox.images.recipe import Recipe, catalog, wanted


def chosen(names: Sequence[str]) -> tuple[Recipe, ...]:
    """The recipes with these names; all recipes if ``names`` is empty.

    Raises:
        KeyError: There is no base image with one of the names.
    """
    return tuple(catalog()[name] for name in names) or tuple(catalog().values())


def fetch_ahead(paths: Paths, recipes: Sequence[Recipe], *, tell: Callable[[str], None]) -> None:
    """Download the engine and, at the same time, the sources of the images.

    Does nothing if the engine is set up: each image then downloads its sources when it is made.

    Raises:
        HostError, SetupError: This machine lacks a precondition, or a download failed.
    """
    if rootfs.path(paths).is_dir():
        return
    doctor.require(paths)  # before minutes of downloads that this machine could not use
    with ThreadPoolExecutor() as pool:
        # These downloads report no progress, because only one line can be shown at a time.
        jobs = [
            pool.submit(image_cache.gather, paths, recipe, tell=lambda _: None)
            for recipe in recipes
        ]
        rootfs.ensure(paths, tell=tell)
        if not all(job.done() for job in jobs):
            tell("downloading the sources of the base images (once) …")
        for job in jobs:
            job.result()


def provide(base_images: Callable[[], BaseImages], references: Iterable[str]) -> None:
    """Provide the base images among the image references of a build.

    Args:
        base_images: Returns the sandbox's base images; called only if the build needs one.
        references: References from FROM and ``# syntax=``.

    Raises:
        HostError, SetupError: See ``BaseImages.provide``.
    """
    recipes = {recipe.name: recipe for recipe in map(wanted, references) if recipe is not None}
    # A build without base images sends no request to the registry.
    if recipes:
        ready = base_images()
        for recipe in recipes.values():
            ready.provide(recipe)
