"""Pictures and text of an image made by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sandbox.errors import ImageError
from sandbox.oci import Image
from sandbox.views import image_layers, image_text

from ..oci.conftest import Layout
from .by_hand import TEXT, image

__all__ = ["image"]


def test_text(image: Image) -> None:
    assert image_text(image) == TEXT


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 package, 1 file;"), (2, "2 packages, 2 files;")]
)
def test_an_sbom_in_words(tmp_path: Path, count: int, told: str) -> None:
    layout = Layout(tmp_path / "layout")
    predicate = {"spdxVersion": "SPDX-2.3", "packages": [{}] * count, "files": [{}] * count}
    statement = {"predicateType": "https://spdx.dev/Document", "predicate": predicate}
    manifest = layout.manifest([])
    carrier = layout.attestation(manifest, json.dumps(statement).encode())
    assert f"Attested: SBOM, SPDX-2.3: {told}" in image_text(
        layout.read(layout.index([manifest, carrier]))
    )


def test_the_picture_is_whole_and_has_the_text_in_it(image: Image) -> None:
    picture = image_layers(image)
    assert picture.text == TEXT
    root = ElementTree.fromstring(picture.svg)
    told = " ".join(root.itertext())
    for expected in ("RUN download --all", "2.0 MB wasted", "/etc/version", "made/by-hand"):
        assert expected in told
    assert picture.title == "Image made/by-hand"


def test_bars_are_as_long_as_layers_are_large(image: Image) -> None:
    picture = image_layers(image)
    bars = [
        float(width)
        for width in re.findall(
            r'<rect [^>]*width="([\d.]+)" height="20.0"[^>]*#2563ad', picture.svg
        )
    ]
    wasted = re.findall(
        r'<rect [^>]*width="([\d.]+)" height="20.0"[^>]*stroke="#b3261e"', picture.svg
    )
    assert len(bars) == 4
    # The second layer is wasted but for some bytes, for which its bar has a few pixels more.
    assert bars[2] / bars[1] == pytest.approx(1.2 / 2, rel=0.03)
    assert bars[1] > bars[0] >= 3
    # Of the first layer little is wasted: the bar shows that there is more to it.
    assert len(wasted) == 2
    assert float(wasted[0]) < bars[0]


def test_pictures_share_no_ids(image: Image) -> None:
    ids = [set(re.findall(r' id="([^"]+)"', image_layers(image).svg)) for _ in range(2)]
    assert ids[0].isdisjoint(ids[1])


def test_an_image_without_anything(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    image = layout.read(layout.manifest([]))
    picture = image_layers(image)
    assert "0 layers, 0 B stored, 0 B of files, nothing wasted" in picture.text
    ElementTree.fromstring(picture.svg)


def test_a_layer_that_nothing_tells_of(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    layer = layout.layer({"a": b"x"})
    assert f"{layer['digest'][:19]}…, nothing says by what" in image_text(
        layout.read(layout.manifest([layer]))
    )


def test_a_damaged_layer_is_an_error_and_no_picture(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    layer = layout.layer({"a": b"x"})
    image = layout.read(layout.manifest([layer]))
    layout.path(layer).write_bytes(b"")
    shows: tuple[Callable[[Image], object], ...] = (image_layers, image_text)
    for show in shows:
        with pytest.raises(ImageError, match="layer 1 is cut off"):
            show(image)
