"""Images that only the engine has, because nobody pushed them.

The engine keeps them in containerd's content store, which lies in the sandbox's home and has
its blobs as an OCI image layout does. They are read there, where they lie. `docker image save`
would copy the whole image first, and a push under a temporary name would change the registry;
both cost the image's size in disk, and seconds.

Source: containerd, docs/content-flow.md; Docker Engine API 1.51, GET /images/{name}/json.
"""

from __future__ import annotations

from urllib.parse import quote

from sandbox.engine import rootless
from sandbox.engine.places import Places
from sandbox.oci.documents import read_descriptor
from sandbox.oci.source import FolderSource

STORE = "containerd/daemon/io.containerd.content.v1.content"


def source(places: Places, name: str) -> FolderSource | None:
    """The image that the engine knows by this name, id or digest; None when there is none.

    Raises:
        EngineError: It does not answer.
    """
    answer = rootless.ask(places, f"/images/{quote(name)}/json")
    descriptor = answer.get("Descriptor")
    if descriptor is None:
        return None
    return FolderSource(
        places.data / STORE, read_descriptor(descriptor, "engine's answer"), "the engine"
    )
