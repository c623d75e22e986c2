"""Makes base images and their packages ready before a build that uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.engine import doctor, rootfs
from sandbox.engine.paths import Paths
from sandbox.images import image_cache
from sandbox.images.base_images import BaseImages
from sandbox.images.recipe import Recipe, catalog, wanted


def chosen(names: Sequence[str]) -> tuple[Recipe, ...]:
    """The recipes of these names; all when there are none.

    Raises:
        KeyError: There is no base image of that name.
    """
    return tuple(catalog()[name] for name in names) or tuple(catalog().values())


def fetch_ahead(paths: Paths, recipes: Sequence[Recipe], *, tell: Callable[[str], None]) -> None:
    """Download the engine and, at the same time, the sources of the images.

    Does nothing when the engine is there: then each image's sources are fetched in turn.

    Raises:
        HostError, SetupError: This machine lacks something, or a download failed.
    """
    if rootfs.path(paths).is_dir():
        return
    doctor.require(paths)  # before minutes of downloads that would be in vain
    with ThreadPoolExecutor() as pool:
        # No progress from these: it shows one line of work at a time.
        jobs = [
            pool.submit(image_cache.gather, paths, recipe, tell=lambda _: None)
            for recipe in recipes
        ]
        rootfs.ensure(paths, tell=tell)
        if not all(job.done() for job in jobs):
            tell("fetching what the base images are made from (once) …")
        for job in jobs:
            job.result()


def provide(base_images: Callable[[], BaseImages], references: Iterable[str]) -> None:
    """Make the base images among these references, as in a FROM or a ``# syntax=``.

    Raises:
        HostError, SetupError: See ``BaseImages.provide``.
    """
    recipes = {recipe.name: recipe for recipe in map(wanted, references) if recipe is not None}
    # A build without base images needs no request to the registry.
    if recipes:
        ready = base_images()
        for recipe in recipes.values():
            ready.provide(recipe)
