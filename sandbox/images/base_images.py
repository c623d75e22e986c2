"""Base images: the engine builds them once, the cache stores them, the registry serves them.

In the cache an image is an OCI layout, whose name contains a key of the image's sources. Each
sandbox copies it from there into its own registry, without network. An image that is configured for
a package index is provided together with that index.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable

from sandbox import atomic
from sandbox.engine import lock, registry
from sandbox.engine.paths import Paths
from sandbox.images import image_cache, internal_build
from sandbox.images.index import PackageIndex, indexes
from sandbox.images.package_indexes import PackageIndexes
from sandbox.images.recipe import Recipe
from sandbox.images.sources import sources


class BaseImages:
    """The base images of one sandbox.

    Args:
        paths: The sandbox's folders.
        port: The port of the sandbox's registry.
        tell: Called with a line of progress.
    """

    def __init__(self, paths: Paths, port: int, tell: Callable[[str], None]) -> None:
        self._paths = paths
        self._port = port
        self._tell = tell
        self._indexes = PackageIndexes(paths, port, tell)

    def has(self, recipe: Recipe) -> bool:
        """Whether the sandbox serves the image in the current version, and its packages."""
        index = _index(recipe)
        return self._has_image(recipe) and (index is None or self._indexes.has(index))

    def cached(self, recipe: Recipe) -> bool:
        """Whether image and packages are in the cache, so that serving them needs no network."""
        index = _index(recipe)
        is_made = image_cache.layout(self._paths, recipe).is_dir()
        return is_made and (index is None or self._indexes.cached(index))

    def provide(self, recipe: Recipe) -> None:
        """Serve the image and its packages; builds the image first if the cache does not have it.

        Raises:
            HostError, SetupError: A source could not be downloaded, or the image's build failed.
        """
        if not self._has_image(recipe):
            self._provide_image(recipe)
        index = _index(recipe)
        if index is not None:
            self._indexes.provide(index)

    def _has_image(self, recipe: Recipe) -> bool:
        return registry.has(self._port, recipe.name, recipe.key)

    def _provide_image(self, recipe: Recipe) -> None:
        layout = image_cache.layout(self._paths, recipe)
        if not layout.is_dir():
            with lock.held(layout.with_suffix(".lock"), tell=self._tell):
                if not layout.is_dir():
                    self._make(recipe)
        else:
            self._tell(f"getting {recipe.name} ready …")
        # The key is in the last reference, because ``has`` looks for it.
        references = (*recipe.names, f"{recipe.name}:{recipe.key}")
        # The start and the end of the engine wait for this lock, too.
        with lock.held(self._paths.lock, tell=self._tell):
            if not self._has_image(recipe):  # another process may have stored it meanwhile
                registry.store(self._paths.registry, layout, references)

    def _make(self, recipe: Recipe) -> None:
        image_cache.gather(self._paths, recipe, tell=self._tell)
        context = image_cache.context(self._paths, recipe)
        for file in sources(recipe.folder):
            shutil.copy(file, context)
        self._tell(f"building {recipe.name} …")
        archive = context.with_suffix(".oci.tar")
        try:
            internal_build.build(
                self._paths,
                self._port,
                f"The base image {recipe.name}",
                f"`sandbox warm {recipe.name}`",
                f"--platform={','.join(recipe.platforms)}",
                # zstd is several times faster than gzip, and no other registry gets these images.
                f"--output=type=oci,dest={archive},compression=zstd,force-compression=true",
                str(context),
            )
            with atomic.made_whole(image_cache.layout(self._paths, recipe)) as partial:
                with tarfile.open(archive) as tar:
                    # Debian 12's Python 3.11.2 has no filters. The archive is our own engine's.
                    tar.extraction_filter = getattr(
                        tarfile, "data_filter", lambda member, _: member
                    )
                    tar.extractall(partial)  # noqa: S202
                fetched = image_cache.gathered_bytes(self._paths, recipe)
                (partial / image_cache.FETCHED).write_text(str(fetched))
        finally:
            archive.unlink(missing_ok=True)
        shutil.rmtree(context)


def _index(recipe: Recipe) -> PackageIndex | None:
    return indexes()[recipe.index] if recipe.index is not None else None
