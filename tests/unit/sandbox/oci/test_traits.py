"""Two images are compared trait by trait: all that differs is found, and the clock is not."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.oci import Image, Place, Trait, traits

from .conftest import LAYER, Layout

BEGAN, ENDED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC), datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
SECRET, OTHER = "5ec4e7a1", "07b3c9d2"
Make = Callable[..., Image]


def archive(**fields: Any) -> bytes:
    """A layer with one file, whose header has these fields."""
    content = fields.pop("content", b"")
    member = tarfile.TarInfo(fields.pop("name", "note"))
    member.size, member.mtime = len(content), int(BEGAN.timestamp()) + 10
    for name, value in fields.items():
        setattr(member, name, value)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as made:
        made.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An image with a base layer and one more, and its own config, history or statement."""
    count = 0

    def image(
        *, file: dict[str, Any] | None = None, statement: dict[str, Any] | None = None, **more: Any
    ) -> Image:
        nonlocal count
        count += 1
        layout = Layout(tmp_path / str(count))
        layers = [layout.layer({"base": b"base"}), layout.blob(archive(**(file or {})), LAYER)]
        manifest = layout.manifest(layers, **more)
        entries = [manifest]
        if statement is not None:
            entries.append(layout.attestation(manifest, json.dumps(statement).encode()))
        return layout.read(layout.index(entries))

    return image


def differ(one: Image, other: Image, **options: Any) -> list[Trait]:
    marks = [image.traits(made=(BEGAN, ENDED), **options) for image in (one, other)]
    return [
        key for key in dict.fromkeys((*marks[0], *marks[1])) if len({m.get(key) for m in marks}) > 1
    ]


def of_file(path: str, *, is_time: bool = False) -> Trait:
    return Trait(Place.FILE, "linux/amd64", 2, path, is_time)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"content": b"anything"}, {"content": b"something"}),
        ({"mode": 0o644}, {"mode": 0o645}),
        ({"uid": 1000}, {"uid": 1001}),
        ({"gid": 7}, {"gid": 8}),
        ({"type": tarfile.SYMTYPE, "linkname": "a"}, {"type": tarfile.SYMTYPE, "linkname": "b"}),
        (
            {"pax_headers": {"SCHILY.xattr.user.note": "a"}},
            {"pax_headers": {"SCHILY.xattr.user.note": "b"}},
        ),
    ],
)
def test_whatever_a_file_has_is_compared(
    make: Make, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert differ(make(file=one), make(file=one)) == []
    assert differ(make(file=one), make(file=other)) == [of_file("/note")]


def test_a_name_is_a_trait_of_its_own(make: Make) -> None:
    found = differ(make(file={"name": "a"}), make(file={"name": "b"}))

    assert {trait.where for trait in found} == {"/a", "/b"}


def test_a_time_counts_if_it_is_not_that_of_the_build(make: Make) -> None:
    now, later = int(BEGAN.timestamp()), int(ENDED.timestamp())
    before = [make(file={"mtime": time}) for time in (1_000, 1_001)]

    assert differ(make(file={"mtime": now}), make(file={"mtime": later})) == []
    assert differ(*before) == [of_file("/note", is_time=True)]


def test_texts_that_may_be_there_make_no_difference(make: Make) -> None:
    one, other = (make(file={"content": f"proof {x}!".encode()}) for x in (SECRET, OTHER))

    assert differ(one, other) == [of_file("/note")]
    allowed = [SECRET.encode(), OTHER.encode()]
    assert differ(one, other, allowed=allowed) == []


def test_known_layers_are_not_read(make: Make) -> None:
    image = make()
    known = [image.platforms[0].layers[0].digest]

    found = {trait.where for trait in image.traits(made=(BEGAN, ENDED), known=known)}

    assert "/note" in found
    assert "/base" not in found


def test_documents_are_compared_value_by_value(make: Make) -> None:
    one = make(config={"config": {"Labels": {"a": "1"}}}, history=["ADD x /", f"RUN {SECRET}"])
    other = make(config={"config": {"Labels": {"a": "2"}}}, history=["ADD x /", f"RUN {OTHER}"])

    assert [trait.where for trait in differ(one, other)] == [
        "config.Labels.a",
        "history[1].created_by",
    ]


def test_times_and_digests_are_no_traits(make: Make) -> None:
    one, other = (
        make(
            config={"created": f"2026-03-01T12:00:0{n}.5Z", "config": {"Image": f"sha256:{n:064x}"}}
        )
        for n in (1, 2)
    )

    assert differ(one, other) == []


def test_of_provenance_only_what_authors_write_is_compared(make: Make) -> None:
    def statement(number: int, argument: str) -> dict[str, Any]:
        return {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [{"name": f"image-{number}"}],
            "predicate": {
                "invocation": {"parameters": {"args": {"build-arg:NAME": argument}}},
                "metadata": {"buildInvocationID": f"id{number}", "layers": [{"size": number}]},
            },
        }

    one, same, other = (make(statement=statement(n, a)) for n, a in ((1, "a"), (2, "a"), (3, "b")))

    assert differ(one, same) == []
    (trait,) = differ(one, other)
    assert (trait.place, trait.where.rpartition(":")[2]) == (Place.ATTESTATION, "NAME")


def test_bytes_beyond_the_limit_are_not_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = make(file={"content": b"aaaa"}), make(file={"content": b"bbbb"})
    monkeypatch.setattr(traits, "MOST_BYTES", 5)  # the base layer's file has four

    assert differ(one, other) == []


def test_a_large_file_is_compared_as_it_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traits, "_WHOLE_BYTES", 2)

    one, other = make(file={"content": b"abcd"}), make(file={"content": b"abce"})

    assert differ(one, other) == [of_file("/note")]
