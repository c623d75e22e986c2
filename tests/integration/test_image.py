"""Images that the engine really made, read from the registry, the engine and archives."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.errors import ImageError, ImageNotFound
from sandbox.oci import Change, Place, open_archive, open_layout, read_image

CANARY = "canary-41c7&<x>"
DOCKERFILE = f"""
FROM lab/busybox AS build
RUN mkdir /work && echo '{CANARY}' > /work/token && echo one > /work/a && echo two > /work/b
RUN rm /work/token && echo three > /work/a
RUN rm -rf /work && mkdir /work && echo four > /work/c
ENV GREETING=hello
"""
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def context(sandbox: Sandbox, tmp_path: Path) -> Path:
    sandbox.warm(["lab/busybox"])  # the bare client does not make it on first use
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    return folder


def test_an_image_that_was_never_pushed(sandbox: Sandbox, context: Path) -> None:
    made = sandbox.build(context, tags=["image-test/local"])
    image = sandbox.image("image-test/local")
    assert image.digest == made.image_digest
    assert sandbox.image(image.digest).digest == image.digest
    layers = {x.layer.instruction: x for x in image.platform().files.layers}
    (first,) = [x for text, x in layers.items() if text and text.startswith("RUN mkdir /work &&")]
    assert {c.path for c in first.added} == {"/work", "/work/a", "/work/b", "/work/token"}
    second = layers["RUN rm /work/token && echo three > /work/a"]
    assert [c.path for c in second.removed] == ["/work/token"]
    assert [c.path for c in second.changed] == ["/work/a"]
    third = layers["RUN rm -rf /work && mkdir /work && echo four > /work/c"]
    assert {(c.path, c.change) for c in third.changes if c.path != "/work"} == {
        ("/work/a", Change.REMOVED),
        ("/work/b", Change.REMOVED),
        ("/work/c", Change.ADDED),
    }
    lost = {"/work/token": len(CANARY) + 1, "/work/a": len("one\nthree\n"), "/work/b": 4}
    wasted = {w.path: w.size_bytes for w in image.platform().files.wasted}
    assert wasted == lost
    assert image.platform().config.env[-1] == "GREETING=hello"


def test_a_deleted_secret_is_found(sandbox: Sandbox, context: Path) -> None:
    tag = "--tag=image-test/leak"
    sandbox.docker("buildx", "build", "--provenance=mode=max", tag, str(context))
    found = sandbox.image("image-test/leak").find(CANARY.encode())
    # In the file, in the history, and in the Dockerfile and the steps that provenance tells.
    assert {f.place for f in found} == {Place.FILE, Place.HISTORY, Place.ATTESTATION}
    (file,) = [f for f in found if f.place is Place.FILE]
    assert (file.path, file.offset_bytes) == ("/work/token", 0)
    assert file.superseded_by is not None
    assert {f.encoding for f in found if f.place is Place.ATTESTATION} == {None, "base64"}


@pytest.mark.parametrize("compression", ["gzip", "zstd", "uncompressed"])
def test_every_compression_from_the_registry(
    compression: str, sandbox: Sandbox, context: Path
) -> None:
    name = f"{sandbox.registry}/image-test/packed:{compression}"
    export = f"type=registry,name={name},compression={compression},force-compression=true"
    sandbox.docker("buildx", "build", f"--output={export}", str(context))
    image = sandbox.image(name)
    expected = compression.replace("uncompressed", "none")
    assert {layer.compression for layer in image.platform().layers} == {expected}
    assert "/work/token" in {f.path for f in image.find(CANARY.encode())}


@pytest.mark.parametrize("artifact", [False, True])
@pytest.mark.parametrize(("version", "mode"), [("v0.2", "max"), ("v1", "min")])
def test_provenance_in_both_versions_and_both_forms(
    version: str, mode: str, artifact: bool, sandbox: Sandbox, context: Path
) -> None:
    name = f"{sandbox.registry}/image-test/attested:{version}"
    export = f"type=registry,name={name},oci-artifact={str(artifact).lower()}"
    attest = f"--provenance=mode={mode},version={version}"
    sandbox.docker("buildx", "build", attest, f"--output={export}", str(context))
    (attestation,) = sandbox.image(name).attestations
    assert attestation.artifact is artifact
    provenance = attestation.provenance
    assert provenance is not None
    assert (provenance.version, provenance.mode) == (version, mode)
    assert any("lab/busybox" in material.uri for material in provenance.materials)


SCANNER = """\
FROM lab/busybox
COPY <<'EOF' /scan
cat > "$BUILDKIT_SCAN_DESTINATION/$(basename "$BUILDKIT_SCAN_SOURCE").spdx.json" <<JSON
{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
 "predicate": {"spdxVersion": "SPDX-2.3", "name": "by hand",
               "packages": [{"name": "busybox", "versionInfo": "1.37"}]}}
JSON
EOF
ENTRYPOINT ["sh", "/scan"]
"""


def test_an_sbom_that_the_engine_had_made(sandbox: Sandbox, context: Path, tmp_path: Path) -> None:
    scanner = f"{sandbox.registry}/image-test/scanner:1"
    (tmp_path / "Dockerfile").write_text(SCANNER)
    sandbox.docker("buildx", "build", "--push", f"--tag={scanner}", str(tmp_path))
    name = f"{sandbox.registry}/image-test/described:1"
    sbom = f"--sbom=generator={scanner}"
    sandbox.docker("buildx", "build", sbom, "--push", f"--tag={name}", str(context))
    found = {a.predicate_type: a for a in sandbox.image(name).attestations}
    assert set(found) == {"https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"}
    described = found["https://spdx.dev/Document"].sbom
    assert described is not None
    assert [(p.name, p.version) for p in described.packages] == [("busybox", "1.37")]


def test_several_platforms(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\n")
    for name in ("amd64", "arm64"):
        (tmp_path / name).write_text(name)
    platforms = ["linux/amd64", "linux/arm64"]
    sandbox.build(tmp_path, tags=["image-test/both"], platforms=platforms)
    image = sandbox.image("image-test/both")
    assert [p.platform for p in image.platforms] == platforms
    (found,) = [f for f in image.find(b"arm64") if f.place is Place.FILE]
    assert (found.platform, found.path) == ("linux/arm64", "/arch")


@pytest.mark.parametrize("form", ["image-manifest=true", "image-manifest=false"])
def test_an_exported_cache_is_searched(form: str, sandbox: Sandbox, context: Path) -> None:
    name = f"{sandbox.registry}/image-test/cache:1"
    sandbox.docker(
        "buildx", "build", f"--cache-to=type=registry,ref={name},mode=max,{form}", str(context)
    )
    cache = sandbox.image(name).platform()
    assert cache.is_cache
    assert "/work/token" in {f.path for f in sandbox.image(name).find(CANARY.encode())}


def test_layouts_and_archives_that_the_engine_writes(
    sandbox: Sandbox, context: Path, tmp_path: Path
) -> None:
    sandbox.build(context, tags=["image-test/saved"])
    saved, folder = tmp_path / "saved.tar", tmp_path / "layout"
    sandbox.docker("image", "save", "--output", str(saved), "image-test/saved")
    export = f"--output=type=oci,tar=false,dest={folder}"
    sandbox.docker("buildx", "build", export, "--provenance=false", str(context))
    wanted = [f.path for f in sandbox.image("image-test/saved").find(CANARY.encode()) if f.path]
    for source in (open_archive(saved), open_layout(folder)):
        found = read_image(source, "image-test/saved").find(CANARY.encode())
        assert [f.path for f in found if f.path] == wanted


def test_a_base_image_by_its_name(sandbox: Sandbox) -> None:
    sandbox.warm(["lab/busybox"])
    assert "linux/amd64" in {p.platform for p in sandbox.image("lab/busybox").platforms}


@pytest.mark.parametrize("name", ["image-test/none", "{registry}/image-test/none:1", "a.example/b"])
def test_an_image_that_is_not_there(name: str, sandbox: Sandbox) -> None:
    name = name.format(registry=sandbox.registry)
    with pytest.raises(ImageNotFound, match="in the engine or the registry") as caught:
        sandbox.image(name)
    assert caught.value.next_step.startswith(f"build it: docker buildx build -t {name}")


# -- what nobody's builder makes: put into the registry by hand ------------------------


class Pushes:
    """Puts blobs and manifests into the registry as they are."""

    def __init__(self, registry: str) -> None:
        self._port = int(registry.rpartition(":")[2])
        self.name = f"{registry}/image-test/by-hand"

    def _send(self, method: str, path: str, body: bytes = b"", kind: str = "") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        headers = {"Content-Type": kind or "application/octet-stream"}
        connection.request(method, path, body=body, headers=headers)
        with connection.getresponse() as answer:
            assert answer.status < 300, answer.read()
            location = answer.headers.get("Location") or ""
        connection.close()
        return "/" + location.split("/", 3)[3] if location else ""

    def blob(self, content: bytes, media_type: str) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        upload = self._send("POST", "/v2/image-test/by-hand/blobs/uploads/")
        joint = "&" if "?" in upload else "?"
        self._send("PUT", f"{upload}{joint}digest={digest}", content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def manifest(self, tag: str, config: dict[str, Any], layer: dict[str, Any]) -> str:
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        raw = json.dumps(content).encode()
        self._send("PUT", f"/v2/image-test/by-hand/manifests/{tag}", raw, MANIFEST)
        return f"{self.name}:{tag}"


CONFIG = "application/vnd.oci.image.config.v1+json"
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


@pytest.fixture
def pushes(sandbox: Sandbox) -> Pushes:
    return Pushes(sandbox.registry)


def test_a_layer_that_is_not_gzip(sandbox: Sandbox, pushes: Pushes) -> None:
    name = pushes.manifest("a", pushes.blob(b"{}", CONFIG), pushes.blob(b"plain text", GZIP))
    image = sandbox.image(name)
    with pytest.raises(ImageError, match="layer 1 is not gzip"):
        _ = image.platform().files


def test_a_config_that_is_not_json(sandbox: Sandbox, pushes: Pushes) -> None:
    name = pushes.manifest("b", pushes.blob(b"<config/>", CONFIG), pushes.blob(b"", GZIP))
    with pytest.raises(ImageError, match="config of the image is not JSON"):
        sandbox.image(name)


def test_an_unknown_kind_of_layer(sandbox: Sandbox, pushes: Pushes) -> None:
    wasm = pushes.blob(b"\0asm", "application/wasm")
    name = pushes.manifest("c", pushes.blob(b"{}", CONFIG), wasm)
    with pytest.raises(ImageError, match="leads to application/wasm, where a layer is expected"):
        sandbox.image(name)


def _cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _swap(whole: bytes) -> bytes:
    return whole[:-1] + bytes([whole[-1] ^ 1])


@pytest.mark.parametrize(("damage", "told"), [(_cut, "cut off"), (_swap, "not match its digest")])
def test_a_layer_that_the_disk_damaged(
    damage: Callable[[bytes], bytes], told: str, sandbox: Sandbox, context: Path
) -> None:
    name = f"{sandbox.registry}/image-test/damaged:1"
    # Layers of its own: the blobs of other images stay whole.
    (context / "Dockerfile").write_text(f"FROM scratch\nCOPY Dockerfile /{damage.__name__}\n")
    sandbox.build(context, tags=[name], push=True)
    image = sandbox.image(name)
    digits = image.platform().layers[0].digest.removeprefix("sha256:")
    blobs = sandbox.paths.registry / "docker/registry/v2/blobs/sha256"
    stored = blobs / digits[:2] / digits / "data"
    stored.write_bytes(damage(stored.read_bytes()))
    with pytest.raises(ImageError, match=told):
        image.find(b"scratch")


def test_an_image_that_was_pulled_has_one_platform_here(sandbox: Sandbox, tmp_path: Path) -> None:
    # From another builder: the engine keeps both platforms of an image that its builds used.
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /pulled\n")
    name = f"{sandbox.registry}/image-test/pulled:1"
    with sandbox.empty_builder() as other:
        argv = ("docker", "buildx", "build", "--builder", other, "--tag", name, "--push")
        both = "--platform=linux/amd64,linux/arm64"
        sandbox.build_line((*argv, both, "--provenance=false", str(tmp_path)))
    sandbox.docker("pull", name)
    sandbox.docker("tag", name, "image-test/pulled")
    image = sandbox.image("image-test/pulled")
    assert len(image.platforms) == len(image.absent) == 1
    assert len(sandbox.image(name).platforms) == 2, "the registry has both"
