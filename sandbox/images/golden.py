"""The golden sandbox: the home of a stopped sandbox that has everything, and stays as it is.

It has all base images, unpacked, and all package indexes. A clone is a sandbox whose home is filled
from it by links and an overlay (see ``engine/inside/clone.sh``), so a clone starts as quickly as an
empty sandbox.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from sandbox import atomic
from sandbox.engine import lock, rootfs, rootless
from sandbox.engine.debian import content_key
from sandbox.engine.lifecycle import Lifecycle
from sandbox.engine.paths import Paths
from sandbox.images import internal_build
from sandbox.images.base_images import BaseImages
from sandbox.images.index import indexes
from sandbox.images.recipe import base_images, catalog

KEPT_S = 7 * 24 * 3600.0
"""How long a golden home of another version stays after its last use; each holds all images."""
_UNPACKS = "FROM {}\nRUN true\n"
"""A build that has the engine unpack a base image."""


def path(paths: Paths) -> Path:
    """The path of the golden home for this version of the lab, whether or not it exists."""
    parts = [rootfs.path(paths).name, *rootless.programs().values()]
    parts += [recipe.key for recipe in catalog().values()]
    parts += [index.key for index in indexes().values()]
    return paths.golden / content_key(parts)


def ensure(paths: Paths, *, tell: Callable[[str], None]) -> Path:
    """The golden home, which is made first if it does not exist; that takes about a minute.

    Raises:
        HostError, SetupError, EngineError: As for ``Sandbox.warm``.
    """
    target = path(paths)
    if not target.is_dir():
        with lock.held(target.with_suffix(".lock"), tell=tell):
            if not target.is_dir():
                _remove_unused(target.parent)
                tell("making a sandbox to clone from (once) …")
                _make(paths, target, tell)
    os.utime(target)
    return target


def _remove_unused(folder: Path) -> None:
    """Remove the golden homes of which no clone was made for long; ``ensure`` sets their times."""
    for home in folder.glob("*"):
        if home.is_dir() and time.time() - home.stat().st_mtime > KEPT_S:
            rootfs.remove(home)


def _make(paths: Paths, target: Path, tell: Callable[[str], None]) -> None:
    home = Paths(target.with_suffix(".partial"), paths.cache)
    rootfs.remove(home.home)
    life = Lifecycle(home, lambda _: None, lambda: None)
    try:
        port = life.up(online=False, limits=None, port=None).port
        images = BaseImages(home, port, tell)
        for recipe in catalog().values():
            images.provide(recipe)
        context = home.run / "unpack"
        context.mkdir()
        for name in base_images():
            atomic.write_text(context / "Dockerfile", _UNPACKS.format(name))
            again = "`sandbox warm`"
            output = "--output=type=cacheonly"
            internal_build.build(home, port, f"A clone of {name}", again, output, str(context))
        life.down()
        home.home.rename(target)
    except BaseException:
        life.down()
        rootfs.remove(home.home)
        raise
