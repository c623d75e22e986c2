"""The architecture of the programs in an image, read from the programs themselves.

An index and a config repeat the platform that was requested. But BuildKit takes a base image of
another platform if there is no other, and then the layers hold programs for that one.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from checker.checks.elf import HEAD_BYTES, read_program
from checker.results import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox import PlatformImage

_SHELLS = ("/bin/sh", "/bin/busybox")
"""Programs that every base image has."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The search path for programs if the config does not set PATH. Source: BuildKit,
util/system/path.go, DefaultPathEnvUnix.
"""


def foreign_programs(image: PlatformImage) -> Finding | None:
    """The finding for an image whose programs are for another architecture than its platform's.

    The check reads the program that a container starts with, and the shell. An image in which
    neither is an ELF program passes.

    Returns:
        None if the programs fit the platform.

    Raises:
        sandbox.ImageError: A layer is damaged or missing.
    """
    wanted = image.platform.split("/")[1]
    for path in dict.fromkeys((*_started(image), *_SHELLS)):
        head = image.read(path, most_bytes=HEAD_BYTES)
        program = read_program(head) if head else None
        if program is not None and program.architecture != wanted:
            message = (
                f"The image for {image.platform} holds programs for {program.architecture}: "
                f"{path}.\nWanted: its programs are for {image.platform}. Which platforms does the "
                "base image of the last stage have, and does its FROM name one of them?"
            )
            evidence = {"path": path, "architecture": program.architecture}
            return Finding(False, message, evidence)
    return None


def _started(image: PlatformImage) -> Iterator[str]:
    """The possible paths of the program that the container's command starts with."""
    config = image.config
    word = next(iter((*config.entrypoint, *config.cmd)), "")
    if word.startswith("/"):
        yield word
    elif "/" in word:
        yield posixpath.join(config.working_dir or "/", posixpath.normpath(word))
    elif word:
        env = dict(pair.partition("=")[::2] for pair in config.env)
        for folder in env.get("PATH", _PATH).split(":"):
            yield f"{folder}/{word}"
