"""Reads ``--build-context``, and ``contexts`` in a bake file: named folders and images.

Source: https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.parse.flags.fields import Entry, to_text, write_text

_REGISTRY = re.compile(r"docker\.io/(?:library/)?")
_IMAGE = "docker-image://"
_TARGET = "target:"


@dataclass(frozen=True, slots=True)
class NamedContext:
    """One named context.

    Args:
        name: The name of the context in a Dockerfile.
        place: A path, an address, ``docker-image://NAME`` or, in a bake file, ``target:NAME``.
    """

    name: str
    place: str

    @property
    def key(self) -> str:
        """The name as ``image_key`` gives it, which is also the name of a stage."""
        return image_key(self.name)

    @property
    def source(self) -> str:
        """The image, or any other place."""
        return self.image or self.place

    @property
    def image(self) -> str | None:
        """The image that the context stands for; None when it stands for something else."""
        return self.place.removeprefix(_IMAGE) if self.place.startswith(_IMAGE) else None

    @property
    def target(self) -> str | None:
        """The bake target that the context stands for; None when it stands for something else."""
        return self.place.removeprefix(_TARGET) if self.place.startswith(_TARGET) else None


def image_key(image: str) -> str:
    """A name of an image, in the one spelling in which BuildKit compares it with contexts."""
    return _REGISTRY.sub("", image, count=1).removesuffix(":latest")


def read_named_context(entry: Entry) -> NamedContext:
    """Read one named context, ``NAME=PLACE``."""
    name, _, place = to_text(entry).partition("=")
    return NamedContext(name, place)


def write_named_context(context: NamedContext) -> str:
    """The value of the option; see ``write_text``."""
    return write_text(f"{context.name}={context.place}")
