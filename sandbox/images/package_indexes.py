"""Package indexes: the engine builds them once, the cache stores them, the sandbox serves a copy.

An index is a folder of files. The files are the same on every machine, because lock files in the
lessons contain their hashes. The tools of a base image make the index, without network.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sandbox import atomic
from sandbox.engine import lock
from sandbox.engine.paths import Paths
from sandbox.images import image_cache, internal_build
from sandbox.images.index import PackageIndex

MADE_FROM = ".made-from"
"""A file in an index with the index's key. An incomplete copy of an index does not have it."""


class PackageIndexes:
    """The package indexes of one sandbox.

    Args:
        paths: The sandbox's folders.
        port: The port of the sandbox's registry, which has the base images that make indexes.
        tell: Called with a line of progress.
    """

    def __init__(self, paths: Paths, port: int, tell: Callable[[str], None]) -> None:
        self._paths = paths
        self._port = port
        self._tell = tell

    def has(self, index: PackageIndex) -> bool:
        """Whether the sandbox serves the index in the current version."""
        try:
            return (self._served(index) / MADE_FROM).read_text() == index.key
        except OSError:
            return False

    def cached(self, index: PackageIndex) -> bool:
        """Whether the index is in the cache, so that it need not be built."""
        return image_cache.packages(self._paths, index).is_dir()

    def provide(self, index: PackageIndex) -> None:
        """Serve the index; builds it first if the cache does not have it.

        Raises:
            SetupError: The index's build failed.
        """
        if self.has(index):
            return
        target = image_cache.packages(self._paths, index)
        if not self.cached(index):
            with lock.held(target.with_suffix(".lock"), tell=self._tell):
                if not self.cached(index):
                    self._make(index, target)
        with lock.held(self._paths.run / f"{index.name}-packages.lock", tell=self._tell):
            if not self.has(index):
                _exchange(target, self._served(index))

    def _served(self, index: PackageIndex) -> Path:
        return self._paths.packages / index.name

    def _make(self, index: PackageIndex, target: Path) -> None:
        self._tell(f"building the package index {index.name} …")
        with atomic.made_whole(target) as partial:
            internal_build.build(
                self._paths,
                self._port,
                f"The package index {index.name}",
                f"`sandbox warm {index.image}`",
                f"--output=type=local,dest={partial}",
                str(index.folder),
            )
            (partial / MADE_FROM).write_text(index.key)


def _exchange(source: Path, target: Path) -> None:
    """Replace ``target`` by a copy of ``source``.

    An interruption leaves a complete ``target`` or none.
    """
    new, old = (target.with_name(f".{target.name}.{age}") for age in ("new", "old"))
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(source, new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
