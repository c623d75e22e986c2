"""Bytes are found wherever they are, and the finding says where."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Callable

import pytest

from sandbox.errors import UsageError
from sandbox.oci import Occurrence, Place
from sandbox.oci.forms import plain
from sandbox.oci.search import Match, search_json

from .conftest import Layout

CANARY = b"canary-7f3a"


def lines(findings: tuple[Occurrence, ...]) -> list[str]:
    return [str(finding) for finding in findings]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_in_a_file_that_a_later_layer_removes(compression: str, layout: Layout) -> None:
    root = layout.manifest(
        [
            layout.layer({"etc/": None, "etc/motd": b"hello"}, compression),
            layout.layer({"root/token": b"abc" + CANARY + b"def" + CANARY}, compression),
            layout.layer({"root/.wh.token": b""}, compression),
        ],
        history=["ADD x / # buildkit", "RUN /bin/sh -c login # buildkit", "RUN rm # buildkit"],
    )
    (found,) = layout.read(root).find(CANARY)
    assert (found.place, found.platform, found.layer) == (Place.FILE, "linux/amd64", 2)
    assert (found.path, found.offset_bytes, found.occurrences) == ("/root/token", 3, 2)
    assert (found.instruction, found.superseded_by) == ("RUN login", 3)
    assert str(found) == (
        "linux/amd64: layer 2 (RUN login): /root/token at byte 3, 2 times; "
        "layer 3 hides it, but the image still holds it"
    )


@pytest.mark.parametrize("at", [0, 1 << 20, (1 << 20) - 512 - 5, (2 << 20) - 512 - 1, 3_000_000])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_across_the_pieces_of_a_large_file(at: int, compression: str, layout: Layout) -> None:
    content = bytearray(3_000_000 + len(CANARY))
    content[at : at + len(CANARY)] = CANARY
    root = layout.manifest([layout.layer({"big": bytes(content)}, compression)])
    (found,) = layout.read(root).find(CANARY)
    assert (found.path, found.offset_bytes, found.occurrences) == ("/big", at, 1)


def test_in_names_and_targets(layout: Layout) -> None:
    long = "/".join(["x" * 30] * 6) + f"/{CANARY.decode()}"
    files = {f"a-{CANARY.decode()}": b"", "link": f"/run/{CANARY.decode()}", long: b"x"}
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY)
    assert [(f.place, f.path) for f in found] == [
        (Place.HEADER, f"/a-{CANARY.decode()}"),
        (Place.HEADER, "/link"),
        (Place.HEADER, f"/{long}"),
    ]


def test_in_an_archive_where_no_container_looks(layout: Layout) -> None:
    layer = layout.layer({"a": b"x"})
    stored = bytearray(layout.path(layer).read_bytes())
    stored[600 : 600 + len(CANARY)] = CANARY  # after the content of `a`
    padded = layout.blob(bytes(stored) + CANARY, layer["mediaType"])
    found = layout.read(layout.manifest([padded])).find(CANARY)
    assert [(f.place, f.path, f.offset_bytes) for f in found] == [
        (Place.PADDING, None, 600),
        (Place.PADDING, None, len(stored)),
    ]


def test_in_config_history_annotations_and_index(layout: Layout) -> None:
    secret = 'a&b<"c">\u00e9'
    manifest = layout.manifest(
        [],
        config={"config": {"Env": ["A=1", f"TOKEN={secret}"], "Labels": {secret: "x"}}},
        history=[f"ARG TOKEN={secret} #"],
        annotations={"note": secret},
    )
    image = layout.read(layout.index([manifest], annotations={"org.note": secret}))
    # None of these stands in the JSON as it is meant: it is escaped there.
    assert lines(image.find(secret.encode())) == [
        "annotations.org.note at byte 0",
        "linux/amd64: annotations.note at byte 0",
        "linux/amd64: config.Env[1] at byte 6",
        f"linux/amd64: config.Labels.{secret} at byte 0",
        f"linux/amd64: history[0].created_by (ARG TOKEN={secret}) at byte 10",
    ]


def test_in_attestations_and_in_the_dockerfile_that_they_carry(
    layout: Layout, recorded: Callable[[str], bytes]
) -> None:
    manifest = layout.manifest([])
    statement = layout.attestation(manifest, recorded("provenance-v1"))
    found = layout.read(layout.index([manifest, statement])).find(b"FLAVOUR")
    assert {f.place for f in found} == {Place.ATTESTATION}
    (decoded,) = [f for f in found if f.encoding]
    assert decoded.key is not None
    assert decoded.key.endswith("source.infos[0].data")
    assert str(decoded).endswith("of the decoded base64, 2 times")
    assert "predicate.buildDefinition.externalParameters.request.args.build-arg:FLAVOUR" in {
        f.key for f in found
    }


def test_a_layer_that_platforms_share_is_told_for_each(layout: Layout) -> None:
    shared = layout.layer({"a": CANARY})
    entries = [layout.manifest([shared], platform=f"linux/{x}") for x in ("amd64", "arm64")]
    found = layout.read(layout.index(entries)).find(CANARY)
    assert [f.platform for f in found] == ["linux/amd64", "linux/arm64"]


def test_what_is_not_there_is_not_found(layout: Layout) -> None:
    image = layout.read(layout.manifest([layout.layer({"a": b"x"})]))
    assert image.find(CANARY) == ()
    with pytest.raises(UsageError, match="nothing to look for"):
        image.find(b"")


def test_across_values_and_in_what_is_no_json() -> None:
    assert list(search_json(b'{"a": 1, "b": 2}', plain(b'1, "b"'))) == [Match(None, 6, 1)]
    assert list(search_json(b"no json: canary", plain(b"canary"))) == [Match(None, 9, 1)]


def test_numbers_names_and_base64() -> None:
    raw = json.dumps({"port": 4711, "name-4711": [True], "b": base64.b64encode(b"x4711").decode()})
    assert list(search_json(raw.encode(), plain(b"4711"))) == [
        Match("name-4711", 5, 1),
        Match("port", 0, 1),
        Match("b", 1, 1, "base64"),
    ]


def test_depth_costs_no_stack() -> None:
    raw = b'{"a":' * 500 + b'"canary"' + b"}" * 500
    (match,) = search_json(raw, plain(b"canary"))
    assert match.key == ".".join(["a"] * 500)


def test_memory_does_not_grow_with_the_image(layout: Layout) -> None:
    size_bytes = 96 << 20
    layer = layout.layer({"big": bytes(size_bytes), "token": CANARY}, "gzip")
    image = layout.read(layout.manifest([layer]))
    tracemalloc.start()
    try:
        (found,) = image.find(CANARY)
        assert image.platform().files.size_bytes > size_bytes
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.path == "/token"
    assert peak < size_bytes / 8
