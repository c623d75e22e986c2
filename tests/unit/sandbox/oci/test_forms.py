"""What is encoded is found whatever stands before it, and wherever the encoder ends its lines."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
import zstandard

from sandbox.oci import packed
from sandbox.oci.forms import ANY_CASE, every, forms_in, plain

from .conftest import Layout

CANARY = b"5d0c1f60a1e24f4c8a8b2bb1c2be9c1d70e1f7a3"


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"//packages.lab/npm/:_authToken="])
@pytest.mark.parametrize("width", [76, 64, 10_000])
def test_base64_at_every_place_and_in_lines(before: bytes, width: int) -> None:
    text = base64.b64encode(before + CANARY + b"\n")
    lines = b"\n".join(text[i : i + width] for i in range(0, len(text), width))
    assert forms_in(lines, CANARY) == ("base64",)


def test_both_alphabets_of_base64() -> None:
    needle = b"?>~~??>>??~~>>??>>~~??"
    assert forms_in(base64.b64encode(needle), needle) == ("base64",)
    assert forms_in(base64.urlsafe_b64encode(b"x" + needle), needle) == ("base64",)


@pytest.mark.parametrize("before", range(17))
def test_hex_as_xxd_and_od_write_it(before: int) -> None:
    data = b"." * before + CANARY
    xxd = b"\n".join(binascii.hexlify(data[i : i + 30]) for i in range(0, len(data), 30))
    od = b"\n".join(binascii.hexlify(data[i : i + 16], " ") for i in range(0, len(data), 16))
    assert forms_in(xxd, CANARY) == ("hex",)
    assert forms_in(od, CANARY) == ("hex",)
    assert forms_in(xxd.upper(), CANARY) == ("hex",)


def test_reversed_and_in_url_encoding() -> None:
    assert forms_in(CANARY[::-1], CANARY) == ("reversed",)
    assert forms_in("".join(f"%{byte:02x}" for byte in CANARY).encode(), CANARY) == (
        "URL encoding",
    )
    password = b"a key & more / 100 %"
    assert forms_in(quote(password, safe="").encode(), password) == ("URL encoding",)


def test_no_form_is_found_in_what_is_random() -> None:
    noise = random.Random(7).randbytes(1 << 20)
    assert forms_in(noise + base64.b64encode(noise) + noise.hex().encode(), CANARY) == ()


def test_what_is_short_is_sought_as_it_is() -> None:
    assert every(b"token") == plain(b"token")


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        (gzip.compress, "gzip"),
        (zstandard.ZstdCompressor().compress, "zstd"),
        (lzma.compress, "xz"),
        (bz2.compress, "bzip2"),
        (zlib.compress, "zlib"),
        (lambda content: zlib.compress(content, 9), "zlib"),
        (lambda content: zip_of(content, zipfile.ZIP_DEFLATED), "zip"),
    ],
)
def test_in_compressed_files(pack: Callable[[bytes], bytes], name: str, layout: Layout) -> None:
    # Enough of it that every compressor finds something to do.
    text = random.Random(7).randbytes(5000).hex().encode()
    files = {"a": pack(text + CANARY), "b": pack(text + base64.b64encode(CANARY)), "c": b"x"}
    image = layout.read(layout.manifest([layout.layer(files, "gzip")]))

    found = image.find(CANARY, encoded=True)

    assert [(f.path, f.form, f.offset_bytes) for f in found] == [
        ("/a", name, 10_000),
        ("/b", f"base64 in {name}", 10_000),
    ]
    assert str(found[0]) == f"linux/amd64: layer 1: /a at byte 10000, as {name}"
    assert image.find(CANARY) == ()


def zip_of(content: bytes, method: int) -> bytes:
    """With a small member before the content, and one behind it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("folder/", b"")
        file.writestr("content", content)
        file.writestr("behind", b"PK and so on")
    return archive.getvalue()


def pack_of(*objects: bytes) -> bytes:
    """As git has them: a length before each, and what looks like the beginning of one."""
    packed = [b"\x95\x0a" + b"x\x9c" * 3 + zlib.compress(content) for content in objects]
    return b"PACK\0\0\0\2" + b"".join(packed) + bytes(20)


def test_in_one_of_many_objects(layout: Layout) -> None:
    chance = random.Random(7)
    objects = [chance.randbytes(size) for size in (9, 3_000_000, 40, 900, 70_000)]
    files = {
        "a.pack": pack_of(*objects, CANARY),
        "b.pack": pack_of(*([b"another"] * 20_000), bytes(5_000_000) + CANARY, *objects),
        "c.pack": b"PACK" + b"x\x9c" * 400_000 + zlib.compress(CANARY),
    }
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [(f.path, f.form) for f in found] == [(f"/{name}", "zlib") for name in files]


def test_members_of_an_archive_that_are_not_compressed(layout: Layout) -> None:
    files = {
        "a.whl": zip_of(CANARY, zipfile.ZIP_STORED),
        "b": b"PK\x03\x04",
        "c": b"PK\x03\x04" * 9,
    }
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [(f.path, f.form) for f in found] == [("/a.whl", None)]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lzma.compress, bz2.compress])
def test_a_compressed_file_that_is_cut_off(pack: Callable[[bytes], bytes], layout: Layout) -> None:
    whole = pack(CANARY + random.Random(7).randbytes(3_000_000))
    files = {"a": whole[:-4], "b": gzip.compress(CANARY)[:-6]}
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [f.path for f in found] == ["/a", "/b"]


def test_letters_of_another_case(layout: Layout) -> None:
    token = b"npm_" + CANARY
    files = {
        "a": b"npm_" + CANARY.upper(),
        "b": token.title(),
        "c": gzip.compress(token.upper()),
        "d": token + token.upper(),
    }
    manifest = layout.manifest(
        [layout.layer(files)], config={"config": {"Env": [f"A={token.upper().decode()}"]}}
    )
    found = layout.read(manifest).find(token, encoded=True)
    assert [(f.key or f.path, f.form) for f in found] == [
        ("config.Env[0]", ANY_CASE),
        ("/a", ANY_CASE),
        ("/b", ANY_CASE),
        ("/c", f"{ANY_CASE} in gzip"),
        ("/d", None),
    ]
    assert forms_in(token.upper(), token) == (ANY_CASE,)
    assert forms_in(token, token) == (None,)
    assert layout.read(manifest).find(token.upper())[0].path is None  # asked for as it is


def test_in_an_archive_in_a_layer_and_behind_it(layout: Layout) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo(CANARY.decode()))
    files = {"a.tgz": archive.getvalue(), "b": CANARY}
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [(f.path, f.form) for f in found] == [("/a.tgz", "gzip"), ("/b", None)]


def test_a_file_that_only_begins_like_a_compressed_one(layout: Layout) -> None:
    files = {"a": b"\x1f\x8b\x08" + CANARY, "b": b"BZh9" + CANARY, "c": CANARY}
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [(f.path, f.form) for f in found] == [("/a", None), ("/b", None), ("/c", None)]


def test_behind_much_that_compresses_well(layout: Layout) -> None:
    files = {"a": gzip.compress(bytes(packed.LEAST_BYTES + (6 << 20)) + CANARY)}
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [(f.path, f.form) for f in found] == [("/a", "gzip")]


@pytest.mark.parametrize(("name", "value"), [("MOST_BYTES", 1 << 20), ("PATIENCE_S", 0.0)])
def test_files_that_unpack_to_more_than_there_is_time_for(
    name: str, value: float, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "LEAST_BYTES", 1 << 20)
    monkeypatch.setattr(packed, name, value)
    small = gzip.compress(bytes(1000) + CANARY)
    files = {"bomb": gzip.compress(bytes(9 << 20) + CANARY), "small": small, "token": CANARY}
    found = layout.read(layout.manifest([layout.layer(files)])).find(CANARY, encoded=True)
    assert [f.path for f in found] == ["/small", "/token"]


def test_in_names_config_and_history(layout: Layout) -> None:
    encoded = base64.b64encode(b"x" + CANARY).decode()
    manifest = layout.manifest(
        [layout.layer({f"a-{encoded}": b""})],
        config={"config": {"Env": [f"TOKEN={CANARY[::-1].decode()}"], "Labels": {"note": encoded}}},
        history=[f"RUN echo {CANARY.hex()}"],
    )
    found = layout.read(manifest).find(CANARY, encoded=True)
    assert [(f.key or f.path, f.encoding, f.form) for f in found] == [
        ("config.Env[0]", None, "reversed"),
        ("config.Labels.note", "base64", None),
        ("history[0].created_by", None, "hex"),
        (f"/a-{encoded}", None, "base64"),
    ]


def test_layers_that_are_known_are_left_alone(layout: Layout) -> None:
    layers = [layout.layer({"a": CANARY}), layout.layer({"b": CANARY})]
    found = layout.read(layout.manifest(layers)).find(CANARY, known={layers[0]["digest"]})
    assert [f.path for f in found] == ["/b"]
