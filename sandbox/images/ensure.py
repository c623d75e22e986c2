"""Provides the base images that a build names, and their packages, before the build begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.engine import doctor, rootfs
from sandbox.engine.paths import Paths
from sandbox.images import image_cache
from sandbox.images.base_images import BaseImages
from sandbox.images.not_found import NOT_FOUND
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
    recipes = _recipes(references)
    # A build without base images sends no request to the registry.
    if recipes:
        ready = base_images()
        for recipe in recipes:
            ready.provide(recipe)


def provide_missing(base_images: Callable[[], BaseImages], message: str) -> bool:
    """Provide the base images that a command failed to find, for the names not known beforehand.

    Names can come from a Dockerfile in a git repository, or from the ONBUILD of an image.

    Args:
        base_images: As for ``provide``.
        message: The command's error message.

    Returns:
        Whether there is a new base image, so that the command may succeed the next time.

    Raises:
        HostError, SetupError: See ``BaseImages.provide``.
    """
    recipes = _recipes(found[1] for found in NOT_FOUND.finditer(message))
    if not recipes:
        return False
    ready = base_images()
    missing = [recipe for recipe in recipes if not ready.has(recipe)]
    for recipe in missing:
        ready.provide(recipe)
    return bool(missing)


def _recipes(references: Iterable[str]) -> list[Recipe]:
    """The base images among image references, each once."""
    found = (wanted(reference) for reference in references)
    return list({recipe.name: recipe for recipe in found if recipe is not None}.values())
