"""Base images: made by the engine once, kept in the cache, served by the registry.

A made image is an OCI layout in the cache, named by what it was made from. A
registry that does not have it yet gets it from there, which takes no network. An
image that is set up for a package index comes with that index.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox.engine import lock, registry
from sandbox.engine.places import Places
from sandbox.images import store, workshop
from sandbox.images.depot import Depot
from sandbox.images.index import PackageIndex, indexes
from sandbox.images.recipe import Recipe
from sandbox.images.sources import sources


class Shelf:
    """The base images of one sandbox.

    Args:
        places: The sandbox's folders.
        port: Of its registry.
        tell: Takes one line of progress.
    """

    def __init__(self, places: Places, port: int, tell: Callable[[str], None]) -> None:
        self._places = places
        self._port = port
        self._tell = tell
        self._depot = Depot(places, port, tell)

    def has(self, recipe: Recipe) -> bool:
        """Whether this very version of the image is served, and its packages are."""
        index = _index(recipe)
        return self._has_image(recipe) and (index is None or self._depot.has(index))

    def cached(self, recipe: Recipe) -> bool:
        """Whether the image and its packages can be served without network, and without a build."""
        index = _index(recipe)
        is_made = store.layout(self._places, recipe).is_dir()
        return is_made and (index is None or self._depot.cached(index))

    def provide(self, recipe: Recipe) -> None:
        """Have the registry serve the image, made first when it is in no cache, and its packages.

        Raises:
            HostError, SetupError: What it is made from cannot be had, or its build failed.
        """
        if not self._has_image(recipe):
            self._provide_image(recipe)
        index = _index(recipe)
        if index is not None:
            self._depot.provide(index)

    def _has_image(self, recipe: Recipe) -> bool:
        return registry.has(self._port, recipe.name, recipe.key)

    def _provide_image(self, recipe: Recipe) -> None:
        if not store.layout(self._places, recipe).is_dir():
            with lock.held(
                store.layout(self._places, recipe).with_suffix(".lock"), tell=self._tell
            ):
                if not store.layout(self._places, recipe).is_dir():
                    self._make(recipe)
        self._serve(recipe)

    def _make(self, recipe: Recipe) -> None:
        store.gather(self._places, recipe, tell=self._tell)
        context = store.context(self._places, recipe)
        for file in sources(recipe.folder):
            shutil.copy(file, context)
        self._tell(f"building {recipe.name} …")
        archive = context.with_suffix(".oci.tar")
        partial = context.with_suffix(".partial")
        try:
            self._buildx(
                recipe,
                f"--platform={','.join(recipe.platforms)}",
                # zstd packs several times faster than gzip, and these images stay at home.
                f"--output=type=oci,dest={archive},compression=zstd,force-compression=true",
                str(context),
            )
            shutil.rmtree(partial, ignore_errors=True)
            with tarfile.open(archive) as tar:
                # Debian 12's Python 3.11.2 has no filters yet; the archive is the engine's own.
                tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
                tar.extractall(partial)  # noqa: S202
            fetched = store.gathered_bytes(self._places, recipe)
            (partial / store.FETCHED).write_text(str(fetched))
            partial.rename(store.layout(self._places, recipe))
        finally:
            archive.unlink(missing_ok=True)
            shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(context)

    def _serve(self, recipe: Recipe) -> None:
        # In this order: what ``has`` asks for comes last.
        served = (*recipe.names, f"{recipe.name}:{recipe.key}")
        names = ",".join(f"localhost:{self._port}/{name}" for name in served)
        with tempfile.TemporaryDirectory(prefix="buildkit-lab-") as folder:
            (Path(folder) / "Dockerfile").write_text("FROM layout\n")
            self._buildx(
                recipe,
                f"--platform={','.join(recipe.platforms)}",
                f"--build-context=layout=oci-layout://{store.layout(self._places, recipe)}",
                # Not stored: the learner's own list of images stays the learner's.
                f'--output=type=image,"name={names}",push=true,store=false',
                folder,
            )

    def _buildx(self, recipe: Recipe, *arguments: str) -> None:
        what, again = f"The base image {recipe.name}", f"`sandbox warm {recipe.name}`"
        workshop.build(self._places, self._port, what, again, *arguments)


def _index(recipe: Recipe) -> PackageIndex | None:
    return indexes()[recipe.index] if recipe.index is not None else None
