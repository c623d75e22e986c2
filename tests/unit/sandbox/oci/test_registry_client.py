"""Images over HTTP: a registry made of a folder, and one that misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sandbox.errors import EngineError, ImageError, ImageNotFound, UsageError
from sandbox.oci import Image, RegistrySource, read_image
from sandbox.oci.registry_client import split

from .conftest import MANIFEST, Layout


class Registry(ThreadingHTTPServer):
    """Serves a path with media type and content; what is not in the dict is not there."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content: dict[str, tuple[str, bytes, str]] = {}
        self.cut_off: set[str] = set()
        self.status = 200

    @property
    def address(self) -> str:
        return f"localhost:{self.server_port}"

    def take(self, layout: Layout, root: dict[str, object]) -> None:
        """Serve all that is in a layout, and the root under the tag ``1``."""
        for path in (layout.folder / "blobs" / "sha256").iterdir():
            digest, raw = f"sha256:{path.name}", path.read_bytes()
            for kind in ("blobs", "manifests"):
                self.content[f"{kind}/{digest}"] = ("application/octet-stream", raw, digest)
        digest = str(root["digest"])
        raw = self.content[f"manifests/{digest}"][1]
        self.content["manifests/1"] = (str(root["mediaType"]), raw, digest)

    def read(self, name: str = "1") -> Image:
        return read_image(RegistrySource(self.address, "some/image", name), "some/image")


class Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        prefix = "/v2/some/image/"
        found = self.server.content.get(self.path.removeprefix(prefix))
        if self.server.status != 200 or not self.path.startswith(prefix) or found is None:
            self.send_error(404 if self.server.status == 200 else self.server.status)
            return
        media_type, raw, digest = found
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(raw)))
        if digest:
            self.send_header("Docker-Content-Digest", digest)
        self.end_headers()
        if self.command == "GET":
            cut_off = self.path.removeprefix(prefix) in self.server.cut_off
            self.wfile.write(raw[:-7] if cut_off else raw)

    do_HEAD = do_GET  # noqa: N815 (the name that the standard library asks for)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_image_by_tag_and_by_digest(registry: Registry, layout: Layout) -> None:
    root = layout.index([layout.manifest([layout.layer({"a": b"canary"}, "gzip")])])
    registry.take(layout, root)
    image = registry.read()
    assert image.digest == root["digest"]
    assert [f.path for f in image.find(b"canary")] == ["/a"]
    media_type, raw, digest = registry.content["manifests/1"]
    registry.content[f"manifests/{digest}"] = (media_type, raw, digest)
    assert registry.read(digest).digest == root["digest"]


@pytest.mark.parametrize("known", [True, False])
def test_attestations_among_the_referrers(
    known: bool, registry: Registry, layout: Layout, recorded: Callable[[str], bytes]
) -> None:
    manifest = layout.manifest([])
    attested = layout.attestation(manifest, recorded("provenance-v0.2"), artifact=True)
    signature = layout.document({"layers": [layout.blob(b"x", "text/plain")]}, MANIFEST)
    registry.take(layout, layout.index([manifest]))
    # A registry that does not know the question has the list under a tag.
    digest = manifest["digest"]
    path = f"referrers/{digest}" if known else f"manifests/{digest.replace(':', '-')}"
    listed = json.dumps({"manifests": [attested, signature]}).encode()
    registry.content[path] = ("application/json", listed, "")
    (attestation,) = registry.read().platform().attestations
    assert (attestation.stored, attestation.artifact) == ("referrers", True)
    assert attestation.provenance is not None
    assert attestation.provenance.version == "v0.2"


def test_an_image_that_is_not_there(registry: Registry) -> None:
    with pytest.raises(ImageNotFound, match=f"no image {registry.address}/some/image:2") as caught:
        registry.read("2")
    assert caught.value.next_step.startswith("push it: docker buildx build --push")


def test_a_layer_whose_transfer_is_cut_off(registry: Registry, layout: Layout) -> None:
    layer = layout.layer({"a": b"x" * 5000})
    registry.take(layout, layout.manifest([layer]))
    registry.cut_off.add(f"blobs/{layer['digest']}")
    with pytest.raises(ImageError, match=f"layer 1 is cut off: {layer['size'] - 7} of"):
        _ = registry.read().platform().files


def test_a_tag_without_a_digest(registry: Registry, layout: Layout) -> None:
    root = layout.manifest([])
    registry.take(layout, root)
    media_type, raw, _ = registry.content["manifests/1"]
    registry.content["manifests/1"] = (media_type, raw, "")
    with pytest.raises(ImageError, match="has no digest"):
        registry.read()


def test_a_registry_with_an_error(registry: Registry) -> None:
    registry.status = 503
    with pytest.raises(ImageError, match="answered 503") as caught:
        registry.read()
    assert caught.value.next_step


def test_a_registry_that_is_gone() -> None:
    with Registry() as server:
        address = server.address
    with pytest.raises(EngineError, match="does not answer") as caught:
        read_image(RegistrySource(address, "a", "1"), "a")
    assert "sandbox up" in caught.value.next_step


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("lab/go", (None, "lab/go", "latest")),
        ("localhost:5000/a/b:1", ("localhost:5000", "a/b", "1")),
        ("localhost/a", ("localhost", "a", "latest")),
        ("example.org/a", ("example.org", "a", "latest")),
        ("a:1@sha256:00", (None, "a", "sha256:00")),
        ("localhost:5000/a@sha256:00", ("localhost:5000", "a", "sha256:00")),
    ],
)
def test_parts_of_a_reference(reference: str, parts: tuple[str | None, str, str]) -> None:
    assert split(reference) == parts


@pytest.mark.parametrize("reference", ["", "a b", "a\r\nHost: b", "-a", "caf\u00e9"])
def test_what_is_no_reference(reference: str) -> None:
    with pytest.raises(UsageError, match="is not an image name"):
        split(reference)
