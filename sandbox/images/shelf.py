"""Base images: made by the engine once, kept in the cache, served by the registry.

A made image is an OCI layout in the cache, named by what it was made from. A
registry that does not have it yet gets it from there, which takes no network.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox import process
from sandbox.engine import client, lock, registry
from sandbox.engine.places import Places
from sandbox.errors import CommandError, SetupError
from sandbox.images import store
from sandbox.images.recipe import Recipe


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

    def has(self, recipe: Recipe) -> bool:
        """Whether the registry serves this very version of the image."""
        return registry.has(self._port, recipe.name, recipe.key)

    def cached(self, recipe: Recipe) -> bool:
        """Whether the image can be served without network."""
        return store.layout(self._places, recipe).is_dir()

    def provide(self, recipe: Recipe) -> None:
        """Have the registry serve the image, made first when it is in no cache.

        Raises:
            SetupError: What it is made from cannot be had, or its build failed.
        """
        if self.has(recipe):
            return
        if not self.cached(recipe):
            with lock.held(
                store.layout(self._places, recipe).with_suffix(".lock"), tell=self._tell
            ):
                if not self.cached(recipe):
                    self._make(recipe)
        self._serve(recipe)

    def _make(self, recipe: Recipe) -> None:
        store.gather(self._places, recipe, tell=self._tell)
        context = store.context(self._places, recipe)
        for file in recipe.folder.iterdir():
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
            partial.rename(store.layout(self._places, recipe))
        finally:
            archive.unlink(missing_ok=True)
            shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(context)

    def _serve(self, recipe: Recipe) -> None:
        tags = (*recipe.tags, recipe.key)
        names = ",".join(f"localhost:{self._port}/{recipe.name}:{tag}" for tag in tags)
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
        argv = (str(self._places.bin / "docker"), "buildx", "build", "--provenance=false")
        try:
            env = client.environment(self._places, self._port) | client.OWN_BUILDER
            process.run((*argv, "--progress=plain", *arguments), env=env)
        except CommandError as error:
            raise SetupError(
                f"The base image {recipe.name} could not be built.",
                next_step="run `sandbox doctor`, then `sandbox warm` to try it again",
                argv=error.argv,
                exit_code=error.exit_code,
                stderr_tail=error.stderr_tail,
            ) from error
