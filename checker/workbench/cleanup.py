"""Removes all that a grading keeps outside its process: folder, images, cache mounts.

Each name contains the process id and the nonce of its grading, so that the next grading can remove
the leftovers of a killed one. ``GradingRun.name`` makes the names::

    $TMPDIR/checker-PID-NONCE-…        its folder
    checker-PID-NONCE:NUMBER           its images
    localhost:PORT/checker-PID-NONCE   the value of $REGISTRY in a submitted command
    checker-PID-NONCE/ID               its own cache mounts, if it has any
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from checker.workbench.cache_mounts import CacheMounts
from checker.workbench.grading_run import NAME
from sandbox import SandboxError

if TYPE_CHECKING:
    from checker.sandbox_port import SandboxPort

_FOLDER = re.compile(rf"({NAME.pattern})-[^-]+")


def remove_leftovers(builder: SandboxPort) -> None:
    """Remove the leftovers of gradings whose processes were killed.

    Never fails: the next grading removes what cannot be removed now.
    """
    folders = _folders()
    gradings = set(folders)
    # The grading itself notices an engine that fails. Another grading may be cleaning up, too.
    with suppress(SandboxError, OSError):
        # The folders alone are not enough: they may be in another $TMPDIR, or already removed.
        registry = builder.registry
        of_images = (_grading_of(image, registry) for image in _images(builder))
        gradings.update(one for one in of_images if one is not None)
        gradings.update(builder.pushed.first_parts())
    for grading in gradings:
        owned = NAME.fullmatch(grading)
        if owned is None or psutil.pid_exists(int(owned[1])):
            continue
        with suppress(SandboxError, OSError):
            remove_images(builder, grading)
            builder.pushed.forget(grading)
            CacheMounts(builder, grading).remove()
            # The folder goes last: only its name shows that there may be cache mounts.
            if grading in folders:
                shutil.rmtree(folders[grading], ignore_errors=True)


def remove_images(builder: SandboxPort, grading: str) -> None:
    """Remove a grading's images from the engine, and containers of them that still run.

    Args:
        grading: The name of its run.
    """
    # Names below $REGISTRY may have any depth, and docker's own filter has no pattern for that.
    registry = builder.registry
    images = [one for one in _images(builder) if _grading_of(one, registry) == grading]
    if images:
        users = (f"--filter=ancestor={image}" for image in images)
        listed = builder.docker("ps", "--all", "--quiet", *users, timeout_s=30)
        if running := listed.stdout.split():
            builder.docker("rm", "--force", *running, timeout_s=30)
        builder.docker("image", "rm", "--force", *images, timeout_s=30)


def _images(builder: SandboxPort) -> list[str]:
    listed = builder.docker("image", "ls", "--format={{.Repository}}:{{.Tag}}", timeout_s=30)
    return listed.stdout.split()


def _grading_of(image: str, registry: str) -> str | None:
    """The name of the grading that an image belongs to; None if it belongs to no grading."""
    first_part, *_ = re.split("[:/]", image.removeprefix(f"{registry}/"), maxsplit=1)
    return first_part if NAME.fullmatch(first_part) else None


def _folders() -> dict[str, Path]:
    """The folders of this user's gradings, by the name of the grading."""
    folders: dict[str, Path] = {}
    for path in Path(tempfile.gettempdir()).glob("checker-*"):
        if (owned := _FOLDER.fullmatch(path.name)) is None:
            continue
        with suppress(OSError):
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                folders[owned[1]] = path
    return folders
