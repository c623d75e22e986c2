"""What a grading has outside of its process, whose it is, and how it is taken away.

Names say whose they are, so that the next grading can take away what one that was killed left::

    $TMPDIR/checker-PID-NONCE-…        its folder
    checker-PID-NONCE:NUMBER           its images
    localhost:PORT/checker-PID-NONCE   what $REGISTRY stands for in a line that is handed in
    checker-PID-NONCE/ID               its cache mounts, where they are its own
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

from sandbox import SandboxError

if TYPE_CHECKING:
    from checker.builder import Builder

_NAME = re.compile(r"checker-([0-9]{1,7})-[0-9a-f]+")
_FOLDER = re.compile(rf"({_NAME.pattern})-[^-]+")


def name(nonce: str) -> str:
    """What the folder, the images and the place in the registry of a grading are called."""
    return f"checker-{os.getpid()}-{nonce}"


def clear(builder: Builder) -> None:
    """Take away what gradings have left whose process was killed.

    Never fails: what cannot be taken away now is left to the next grading.
    """
    for path in Path(tempfile.gettempdir()).glob("checker-*"):
        owned = _FOLDER.fullmatch(path.name)
        if owned is None or psutil.pid_exists(int(owned[2])):
            continue
        # An engine that fails is for the grading to notice; another one may be clearing, too.
        with suppress(SandboxError, OSError):
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                continue
            # The folder goes last, for it is what leads to the images.
            remove_images(builder, owned[1])
            shutil.rmtree(path, ignore_errors=True)
    # Not by the folders: those may lie in another $TMPDIR, or have gone with a restart.
    with suppress(SandboxError, OSError):
        for first_part in builder.pushed.first_parts():
            owned = _NAME.fullmatch(first_part)
            if owned is not None and not psutil.pid_exists(int(owned[1])):
                remove_images(builder, first_part)
                builder.pushed.forget(first_part)


def remove_images(builder: Builder, grading: str) -> None:
    """Remove a grading's images from the engine, and containers of them that still run.

    Args:
        grading: What ``name`` calls it.
    """
    listed = builder.docker("image", "ls", "--format={{.Repository}}:{{.Tag}}", timeout_s=30)
    # Below $REGISTRY names may have any depth, for which docker's own filter has no pattern.
    beginnings = (f"{grading}:", f"{builder.registry}/{grading}/")
    images = [one for one in listed.stdout.split() if one.startswith(beginnings)]
    if images:
        users = (f"--filter=ancestor={image}" for image in images)
        listed = builder.docker("ps", "--all", "--quiet", *users, timeout_s=30)
        if running := listed.stdout.split():
            builder.docker("rm", "--force", *running, timeout_s=30)
        builder.docker("image", "rm", "--force", *images, timeout_s=30)
