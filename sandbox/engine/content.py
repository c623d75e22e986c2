"""Finds an image by its name, in the registry or in the engine's own store.

The engine stores its images in containerd's content store, in the sandbox's home. The store
names its blobs as an OCI image layout does, so this module reads them in place. The alternatives
are slower: `docker image save` copies the whole image first, and a push under a temporary name
changes the registry. Both take several seconds and as much disk as the image.

Source: containerd, docs/content-flow.md; Docker Engine API 1.51, GET /images/{name}/json.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from sandbox.engine import rootless
from sandbox.engine.paths import Paths
from sandbox.engine.state import load
from sandbox.errors import ImageNotFound
from sandbox.oci import FolderSource, Image, RegistrySource, read_image
from sandbox.oci.documents import read_descriptor
from sandbox.oci.registry_client import split

_STORE = "containerd/daemon/io.containerd.content.v1.content"


def image(paths: Paths, registry: str, reference: str) -> Image:
    """The image with this name; ``Sandbox.image`` says where it is searched for.

    Args:
        registry: The registry's address, ``localhost:PORT``.

    Raises:
        ImageNotFound: No image has this name.
        ImageError: A part of the image is damaged, missing, or of an unknown media type.
        UsageError: The reference is not a valid image name.
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


def pushed_image(registry: str, reference: str, *, known: Iterable[Image] = ()) -> Image:
    """The image with this name in the registry, even if the engine has one of the same name.

    Args:
        registry: The registry's address, ``localhost:PORT``.
        known: Images of the registry; see ``Sandbox.pushed_image``.

    Raises:
        ImageNotFound, ImageError, UsageError, EngineError: As for ``image``.
    """
    _, repository, name = split(reference)
    source = RegistrySource(registry, repository, name)
    # The registry serves a blob only under the repositories that it was pushed to.
    same_repository = {one.digest: one for one in known if split(one.reference)[1] == repository}
    if same_repository and (same := same_repository.get(source.root().digest)) is not None:
        return replace(same, reference=reference)
    return read_image(source, reference)


def _engine_source(paths: Paths, name: str) -> FolderSource | None:
    """The engine's image with this name, id or digest; None: the engine has no such image."""
    answer = rootless.ask(paths, f"/images/{quote(name)}/json")
    descriptor = answer.get("Descriptor")
    if descriptor is None:
        return None
    at = read_descriptor(descriptor, "engine's answer")
    state = load(paths.state)
    homes = [paths]
    if state is not None and state.origin is not None:
        # What a clone has from there are links, which lead there only inside of its namespaces.
        homes.insert(0, Paths(state.origin, paths.cache))
    return FolderSource([home.data / _STORE for home in homes], at, "the engine")
