"""What is to be had before a build begins: the base images that it names, and their packages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.engine import doctor, rootfs
from sandbox.engine.paths import Paths
from sandbox.images import image_cache
from sandbox.images.base_images import Shelf
from sandbox.images.recipe import Recipe, catalog, wanted


def chosen(names: Sequence[str]) -> tuple[Recipe, ...]:
    """The recipes of these names; all when there are none.

    Raises:
        KeyError: There is no base image of such a name.
    """
    return tuple(catalog()[name] for name in names) or tuple(catalog().values())


def fetch_ahead(paths: Paths, recipes: Sequence[Recipe], *, tell: Callable[[str], None]) -> None:
    """Fetch the engine and, meanwhile, what the images are made from.

    Nothing to do where the engine is there: then each image is fetched when its turn comes.

    Raises:
        HostError, SetupError: This machine lacks something, or something cannot be had.
    """
    if rootfs.path(paths).is_dir():
        return
    doctor.require(paths)  # before minutes go into what could not be used
    with ThreadPoolExecutor() as pool:
        # Without a word: progress tells of one thing at a time.
        jobs = [
            pool.submit(image_cache.gather, paths, recipe, tell=lambda _: None)
            for recipe in recipes
        ]
        rootfs.ensure(paths, tell=tell)
        if not all(job.done() for job in jobs):
            tell("fetching what the base images are made from (once) …")
        for job in jobs:
            job.result()


def provide(shelf: Callable[[], Shelf], references: Iterable[str]) -> None:
    """Make the base images among these references of a FROM or a ``# syntax=``.

    Raises:
        HostError, SetupError: See ``Shelf.provide``.
    """
    recipes = {recipe.name: recipe for recipe in map(wanted, references) if recipe is not None}
    # A build that names none of them does not ask the registry anything.
    if recipes:
        ready = shelf()
        for recipe in recipes.values():
            ready.provide(recipe)
