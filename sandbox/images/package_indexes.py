"""Package indexes: the engine makes them once, the cache keeps them, the home serves them.

An index is a folder of files, the same on every machine: lessons have their hashes in lock
files. The tools of the index's base image make it, without network.
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
"""The file with an index's key; an index that was not copied completely has none."""


class PackageIndexes:
    """The package indexes of one sandbox.

    Args:
        paths: The sandbox's folders.
        port: The port of its registry, which serves the base images that make the indexes.
        tell: Takes one line of progress.
    """

    def __init__(self, paths: Paths, port: int, tell: Callable[[str], None]) -> None:
        self._paths = paths
        self._port = port
        self._tell = tell

    def has(self, index: PackageIndex) -> bool:
        """Whether this version of the index is served."""
        try:
            return (self._served(index) / MADE_FROM).read_text() == index.key
        except OSError:
            return False

    def cached(self, index: PackageIndex) -> bool:
        """Whether the index can be served without a build."""
        return image_cache.packages(self._paths, index).is_dir()

    def provide(self, index: PackageIndex) -> None:
        """Serve the index; it is made first if the cache lacks it.

        Raises:
            SetupError: Its build failed.
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
        self._tell(f"making the packages of {index.name} …")
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
    """Replace ``target`` by a copy of ``source``; an interruption leaves one of them or neither."""
    new, old = (target.with_name(f".{target.name}.{age}") for age in ("new", "old"))
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(source, new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
