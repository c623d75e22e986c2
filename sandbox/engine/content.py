"""Images of the registry, and images that only the engine has because nobody pushed them.

The engine keeps its images in containerd's content store. The store lies in the sandbox's home
and has the blobs of an OCI image layout, so they are read from there. `docker image save` would
copy the whole image first, and a push under a temporary name would change the registry; both
take seconds, and the image's size on the disk.

Source: containerd, docs/content-flow.md; Docker Engine API 1.51, GET /images/{name}/json.
"""

from __future__ import annotations

import contextlib
from urllib.parse import quote

from sandbox.engine import rootless
from sandbox.engine.paths import Paths
from sandbox.errors import ImageNotFound
from sandbox.oci import FolderSource, Image, RegistrySource, read_image
from sandbox.oci.documents import read_descriptor
from sandbox.oci.registry_client import split

_STORE = "containerd/daemon/io.containerd.content.v1.content"


def image(paths: Paths, registry: str, reference: str) -> Image:
    """An image by its name; ``Sandbox.image`` describes where it is looked up.

    Args:
        registry: Its address, ``localhost:PORT``.

    Raises:
        ImageNotFound: There is no image of that name.
        ImageError: A part of the image is damaged, missing, or of an unknown media type.
        UsageError: No image can have such a name.
        EngineError: The engine or the registry does not answer.
    """
    address, repository, name = split(reference)
    in_engine = _engine_source(paths, reference)
    if address == registry or (address is None and in_engine is None):
        with contextlib.suppress(ImageNotFound):
            return read_image(RegistrySource(registry, repository, name), reference)
    if in_engine is not None:
        return read_image(in_engine, reference)
    raise ImageNotFound(
        f"There is no image {reference} in the engine or the registry.",
        next_step=f"build it: docker buildx build -t {reference} .; "
        "`docker images` lists the engine's images",
    )


def pushed_image(registry: str, reference: str) -> Image:
    """An image of the registry, even if the engine has one of the same name.

    Args:
        registry: Its address, ``localhost:PORT``.

    Raises:
        ImageNotFound, ImageError, UsageError, EngineError: As for ``image``.
    """
    _, repository, name = split(reference)
    return read_image(RegistrySource(registry, repository, name), reference)


def _engine_source(paths: Paths, name: str) -> FolderSource | None:
    """The engine's image with this name, id or digest; None when it has none."""
    answer = rootless.ask(paths, f"/images/{quote(name)}/json")
    descriptor = answer.get("Descriptor")
    if descriptor is None:
        return None
    at = read_descriptor(descriptor, "engine's answer")
    return FolderSource(paths.data / _STORE, at, "the engine")
