"""From an index down to layers and attestations, and every way in which that can fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sandbox.errors import ImageError, ImageNotFound, SandboxError, UsageError
from sandbox.oci import Image, open_layout, read_image

from .conftest import CONFIG, INDEX, LAYER, MANIFEST, Layout

SPDX = b'{"predicateType": "https://spdx.dev/Document", "predicate": {"spdxVersion": "SPDX-2.3"}}'


def two_platforms(layout: Layout) -> Image:
    shared = layout.layer({"etc/": None, "etc/os-release": b"lab"}, "gzip")
    entries = [
        layout.manifest(
            [shared, layout.layer({"bin": platform.encode()}, "zstd")],
            platform=platform,
            history=["ADD rootfs.tar / # buildkit", "ENV A=b #", "COPY bin / # buildkit"],
            annotations={"made.for": platform},
        )
        for platform in ("linux/amd64", "linux/arm64")
    ]
    return layout.read(layout.index(entries, annotations={"made.by": "hand"}))


def test_platforms_layers_and_instructions(layout: Layout) -> None:
    image = two_platforms(layout)
    assert image.annotations == {"made.by": "hand"}
    assert [p.platform for p in image.platforms] == ["linux/amd64", "linux/arm64"]
    arm = image.platform("linux/arm64")
    assert arm.annotations == {"made.for": "linux/arm64"}
    assert [(x.number, x.instruction, x.compression) for x in arm.layers] == [
        (1, "ADD rootfs.tar /", "gzip"),
        (2, "COPY bin /", "zstd"),
    ]
    assert [line.layer for line in arm.history] == [1, None, 2]
    assert arm.size_bytes == sum(x.size_bytes for x in arm.layers)
    # The shared layer is stored once.
    assert image.size_bytes == 2 * arm.size_bytes - arm.layers[0].size_bytes
    assert [c.path for c in arm.files.layer(2).added] == ["/bin"]
    # 512 bytes of header, the content, and the end of the archive.
    assert arm.files.layer(2).size_bytes == 10240


def test_which_platform(layout: Layout) -> None:
    image = two_platforms(layout)
    with pytest.raises(UsageError, match="has 2 platforms") as caught:
        image.platform()
    assert caught.value.next_step == "name one of: linux/amd64, linux/arm64"
    with pytest.raises(UsageError, match="for linux/s390x here"):
        image.platform("linux/s390x")


def test_an_image_without_an_index(layout: Layout) -> None:
    image = layout.read(layout.manifest([layout.layer({"a": b"x"})], platform="linux/arm64"))
    assert image.platform().platform == "linux/arm64"
    assert image.digest == image.platform().manifest.digest
    assert image.platform().layers[0].instruction is None


def test_an_index_in_an_index(layout: Layout) -> None:
    inner = layout.index([layout.manifest([])])
    assert [p.platform for p in layout.read(layout.index([inner])).platforms] == ["linux/amd64"]


@pytest.mark.parametrize("artifact", [False, True])
def test_attestations_in_the_index_in_both_forms(
    artifact: bool, layout: Layout, recorded: Callable[[str], bytes]
) -> None:
    manifest = layout.manifest([layout.layer({"a": b"x"})])
    other = layout.manifest([], platform="linux/arm64")
    attested = layout.attestation(manifest, recorded("provenance-v1"), artifact=artifact)
    image = layout.read(layout.index([manifest, other, attested]))
    assert [p.platform for p in image.platforms] == ["linux/amd64", "linux/arm64"]
    assert image.platform("linux/arm64").attestations == ()
    (attestation,) = image.platform("linux/amd64").attestations
    assert attestation.predicate_type == "https://slsa.dev/provenance/v1"
    assert (attestation.artifact, attestation.stored) == (artifact, "index")
    assert attestation.subject == manifest["digest"]
    assert attestation.provenance is not None
    assert attestation.statement.encode() == recorded("provenance-v1")


def test_layers_below_are_not_read(layout: Layout) -> None:
    below, above = layout.layer({"a": b"one"}), layout.layer({"a": b"two", "b": b"x"})
    image = layout.read(layout.manifest([below, above])).platform()
    layout.path(below).unlink()
    (files,) = image.files_above(1)
    assert files.layer.number == 2
    assert {(change.path, change.change.value) for change in files.changes} == {
        ("/a", "added"),
        ("/b", "added"),
    }


@pytest.mark.parametrize("part", ["manifest", "config"])
def test_a_platform_that_is_not_stored_here(layout: Layout, part: str) -> None:
    here = layout.manifest([])
    elsewhere = layout.manifest([], platform="linux/arm64")
    config = json.loads(layout.path(elsewhere).read_text())["config"]
    layout.path(elsewhere if part == "manifest" else config).unlink()
    image = layout.read(layout.index([here, elsewhere]))
    assert [p.platform for p in image.platforms] == ["linux/amd64"]
    assert image.absent == ("linux/arm64",)


@pytest.mark.parametrize("form", ["manifest", "index"])
def test_an_exported_build_cache(form: str, layout: Layout) -> None:
    layers = [layout.layer({"a": b"one"}), layout.layer({"a": b"two"})]
    layers[0]["annotations"] = {"buildkit/createdat": "2026-01-02T03:04:05.123456789Z"}
    config = layout.document({"layers": []}, "application/vnd.buildkit.cacheconfig.v0")
    if form == "manifest":
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
        root = layout.document(content, MANIFEST)
    else:
        root = layout.index([*layers, config])
    cache = layout.read(root).platform()
    assert (cache.platform, cache.is_cache) == ("build cache", True)
    # Its layers lie beside each other: the second does not change the first.
    assert [[c.path for c in x.added] for x in cache.files.layers] == [["/a"], ["/a"]]
    assert cache.files.wasted_bytes == 0
    created = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    assert [layer.created for layer in cache.layers] == [created, None]


# -- what goes wrong -------------------------------------------------------------------


def test_an_image_that_is_not_there(layout: Layout) -> None:
    with pytest.raises(ImageNotFound, match="no OCI image layout") as caught:
        open_layout(layout.folder)
    assert "docker buildx build" in caught.value.next_step
    layout.write(layout.manifest([]))
    with pytest.raises(ImageNotFound, match="no image other in"):
        open_layout(layout.folder, "other")


def test_a_layout_with_several_images(layout: Layout) -> None:
    name = "org.opencontainers.image.ref.name"
    one = layout.manifest([], annotations={name: "one"})
    two = layout.manifest([], platform="linux/arm64")
    layout.write({**one, "annotations": {name: "one"}}, {**two, "annotations": {name: "two"}})
    with pytest.raises(UsageError, match="holds 2 images") as caught:
        open_layout(layout.folder)
    assert caught.value.next_step == "name one of: one, two"
    assert open_layout(layout.folder, "two").root().digest == two["digest"]


def test_an_index_with_an_unknown_media_type(layout: Layout) -> None:
    helm = layout.document({}, "application/vnd.cncf.helm.config.v1+json")
    with pytest.raises(
        ImageError, match=r"index sha256:.* leads to application/vnd\.cncf"
    ) as caught:
        layout.read(layout.index([helm]))
    assert "cannot be run as a container" in caught.value.next_step


def test_a_root_config_and_layer_of_unknown_media_types(layout: Layout) -> None:
    odd = layout.document({}, "text/plain")
    with pytest.raises(ImageError, match="leads to text/plain, where an index or a manifest"):
        layout.read(odd)
    for config, layer, wanted in (
        (odd, layout.layer({}), "an image's config"),
        (layout.document({}, CONFIG), layout.blob(b"x", f"{LAYER}+lz4"), "a layer"),
    ):
        root = layout.document({"config": config, "layers": [layer]}, MANIFEST)
        with pytest.raises(ImageError, match=f"where {wanted} is expected"):
            layout.read(root)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        "text",
        {"digest": "sha256:../../etc/passwd", "size": 1},
        {"digest": "md5:" + "0" * 64, "size": 1},
        {"digest": "sha256:" + "0" * 64},
    ],
)
def test_an_entry_that_is_no_descriptor(entry: object, layout: Layout) -> None:
    root = layout.document({"mediaType": INDEX, "manifests": [entry]}, INDEX)
    with pytest.raises(ImageError, match="an entry without a sha256 digest and a size"):
        layout.read(root)


@pytest.mark.parametrize("media_type", [INDEX, MANIFEST])
def test_an_index_or_manifest_that_is_not_json(media_type: str, layout: Layout) -> None:
    with pytest.raises(ImageError, match="is not JSON"):
        layout.read(layout.blob(b"{", media_type))


def test_a_config_that_is_not_json(layout: Layout) -> None:
    manifest = {"config": layout.blob(b"not json", CONFIG), "layers": []}
    with pytest.raises(ImageError, match="config of the image is not JSON"):
        layout.read(layout.document(manifest, MANIFEST))


def test_a_config_whose_digest_does_not_match(layout: Layout) -> None:
    root = layout.manifest([])
    config = json.loads(layout.path(root).read_bytes())["config"]
    layout.path(config).write_bytes(b" " * config["size"])
    with pytest.raises(ImageError, match="config of the image does not match its digest"):
        layout.read({k: v for k, v in root.items() if k != "platform"})


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda whole: whole[:-9], "is cut off"),
        (lambda whole: b"x" * len(whole), "is not gzip"),
        (lambda whole: whole[:-1] + b"x", "does not match its digest|cannot be uncompressed"),
    ],
)
def test_a_damaged_layer_is_told_by_its_number_and_instruction(
    damage: Callable[[bytes], bytes], told: str, layout: Layout
) -> None:
    good, bad = layout.layer({"a": b"x"}), layout.layer({"b": b"y" * 5000}, "gzip")
    root = layout.manifest([good, bad], history=["COPY a / # buildkit", "RUN make # buildkit"])
    layout.path(bad).write_bytes(damage(layout.path(bad).read_bytes()))
    image = layout.read(root)
    for ask in (lambda: image.platform().files, lambda: image.find(b"x")):
        with pytest.raises(ImageError, match=rf"layer 2 \(RUN make\) .*({told})|({told})"):
            ask()


def test_a_layer_that_is_not_there(layout: Layout) -> None:
    layer = layout.layer({"a": b"x"})
    image = layout.read(layout.manifest([layer]))
    layout.path(layer).unlink()
    with pytest.raises(ImageError, match="layer 1 is not in") as caught:
        _ = image.platform().files
    assert isinstance(caught.value, SandboxError)


def test_a_blob_that_the_system_does_not_let_read(layout: Layout) -> None:
    root = layout.manifest([])
    layout.path(root).unlink()
    layout.path(root).mkdir()
    with pytest.raises(ImageError, match="could not be read: Is a directory") as caught:
        layout.read(root)
    assert "who owns" in caught.value.next_step


def test_read_image_needs_no_more_than_a_source(layout: Layout) -> None:
    layout.write(layout.manifest([]))
    assert read_image(open_layout(layout.folder), "a/name").reference == "a/name"
