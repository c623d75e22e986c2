"""Base images in the cache, and what they are made from: all that needs no engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.engine import debian, lock
from sandbox.engine.places import Places
from sandbox.images import wheels
from sandbox.images.recipe import Recipe


def layout(places: Places, recipe: Recipe) -> Path:
    """Where the made image lies, as an OCI layout; not there before it is made."""
    return places.images / f"{recipe.name.replace('/', '-')}-{recipe.key}"


def context(places: Places, recipe: Recipe) -> Path:
    """The build context it is made in; named by its key, so that a later try goes on with it."""
    return layout(places, recipe).with_suffix(".context")


def gather(places: Places, recipe: Recipe, *, tell: Callable[[str], None]) -> None:
    """Fetch what the image is made from into its context; nothing to do when it is made.

    Raises:
        HostError, SetupError: See ``debian.fetch`` and ``wheels.fetch``.
    """
    with lock.held(context(places, recipe).with_suffix(".gather.lock"), tell=tell):
        if layout(places, recipe).is_dir():
            return
        folder = context(places, recipe)
        folder.mkdir(parents=True, exist_ok=True)
        trees = {n: tree for n, tree in recipe.trees().items() if not (folder / n).exists()}
        packs = {f"wheels-{name}": name for name in recipe.architectures if recipe.wheels}
        packs = {n: name for n, name in packs.items() if not (folder / n).exists()}
        if not trees and not packs:
            return
        whence = " and ".join(["Debian"] * bool(trees) + ["PyPI"] * bool(packs))
        tell(f"fetching {recipe.name} from {whence} (once, about {recipe.size_mb} MB) …")
        with ThreadPoolExecutor() as pool:
            jobs = [
                pool.submit(debian.fetch, tree, folder / name, tell=tell)
                for name, tree in trees.items()
            ]
            jobs += [
                pool.submit(wheels.fetch, recipe.folder / str(recipe.wheels), name, folder / n)
                for n, name in packs.items()
            ]
        for job in jobs:
            job.result()
