"""The homes of clones: each is used by one process, and removed when that process has ended."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.engine import lock
from sandbox.engine.disk_limit import DiskUse
from sandbox.engine.lifecycle import Lifecycle
from sandbox.engine.limits import Limits
from sandbox.engine.paths import Paths
from sandbox.images import golden

LIMITS = Limits.of("2g")
"""The limits of a clone. Several of them run at once, and all solutions can be graded with them."""
DISK = DiskUse(8 << 30, 1_000_000)
"""The disk that a clone may use for itself. All solutions can be graded with it."""
_IN_USE = "in-use"
"""A folder with a locked file for each clone; a killed process leaves its file without a lock."""


@contextmanager
def home(paths: Paths) -> Iterator[Path]:
    """A folder for the home of a clone; first removes clones that killed processes have left."""
    _remove_left(paths)
    token = secrets.token_hex(3)  # short, for the path of a socket below
    with lock.lent(paths.clones / _IN_USE / token):
        folder = paths.clones / token
        folder.mkdir()
        # The services outside of the namespaces read these, so a link would lead nowhere.
        shutil.copytree(golden.path(paths) / "packages", folder / "packages", symlinks=True)
        yield folder


def remove_all(paths: Paths) -> None:
    """Remove all clones; those in use end under their users."""
    for folder in paths.clones.glob("*"):
        if folder.name != _IN_USE:
            _remove(paths, folder.name)


def _remove_left(paths: Paths) -> None:
    """Remove clones whose processes were killed, or interrupted while they removed them."""
    signs = paths.clones / _IN_USE
    for left in lock.returned(signs):
        _remove(paths, left.name)
        left.unlink(missing_ok=True)
    # The sign is there before the folder, and goes after it.
    for folder in paths.clones.glob("*"):
        if folder.name != _IN_USE and not (signs / folder.name).exists():
            _remove(paths, folder.name)


def _remove(paths: Paths, token: str) -> None:
    """Remove a clone, its engine first."""
    clone = Paths(paths.clones / token, paths.cache)
    Lifecycle(clone, lambda _: None, lambda: None, golden.path(paths)).reset(cache=False)
