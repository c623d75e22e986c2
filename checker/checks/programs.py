"""Which machine the programs of an image are for, whatever the image says of itself.

An index and a config say what was asked for. What lies in the layers is what the base image
held, and BuildKit takes one for another platform where there is no other: only the programs tell.
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
"""What a base image brings along, whatever is copied into it."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for when the config does not say. Source: BuildKit,
util/system/path.go, DefaultPathEnvUnix.
"""


def foreign_programs(image: PlatformImage) -> Finding | None:
    """What is wrong with an image that holds programs for another machine than its platform's.

    Looked at are the program that a container starts with and the shell. An image with neither
    of them in machine code has nothing that could be of the wrong kind.

    Returns:
        None when nothing is wrong.

    Raises:
        sandbox.ImageError: A layer is damaged, or not there.
    """
    wanted = image.platform.split("/")[1]
    for path in dict.fromkeys((*_started(image), *_SHELLS)):
        head = image.read(path, most_bytes=HEAD_BYTES)
        program = read_program(head) if head else None
        if program is not None and program.architecture != wanted:
            message = (
                f"The image for {image.platform} holds programs for {program.architecture}: "
                f"{path}.\nWanted: its programs are for {image.platform}. Which platforms has the "
                "base image of the last stage, and is one of them written down in its FROM?"
            )
            evidence = {"path": path, "architecture": program.architecture}
            return Finding(False, message, evidence)
    return None


def _started(image: PlatformImage) -> Iterator[str]:
    """Where the first word of a container's command may lead."""
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
