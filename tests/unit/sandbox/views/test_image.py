"""Pictures, folding HTML and text of an image made by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sandbox.errors import ImageError
from sandbox.notebook.explorer import MOST_FILES, explore
from sandbox.oci import Image
from sandbox.views import image_layers, image_text

from ..oci.conftest import Layout

STATEMENTS = Path(__file__).parents[1] / "oci" / "data"

TEXT = """\
Image made/by-hand. An index, 1 platform, 3.2 MB stored.

linux/amd64: 4 layers, 3.2 MB stored, 3.2 MB unpacked, 2.0 MB wasted (62 %)

  layer   stored  unpacked  wasted  added  changed  removed  instruction
      1  10.2 kB   10.2 kB     7 B      2        -        -  ADD rootfs.tar /
      2   2.0 MB    2.0 MB  2.0 MB      2        -        -  RUN download --all
      3   1.2 MB    1.2 MB       -      -        1        1  RUN rm /big
      4  10.2 kB   10.2 kB       -      1        -        -  RUN echo "<b>&amp;" > '/a b'

  Wasted: in the image, and seen by no container:
    2.0 MB  /big          in layer 2, hidden by layer 3
       7 B  /etc/version  in layer 1, hidden by layer 3

  Runs: serve '--name=a b', as nobody in /srv
  Attested: SLSA provenance v1, mode=max: 4 operations, 1 material, build arguments FLAVOUR, \
the Dockerfile itself; 4.1 kB, image manifest in the index
"""


@pytest.fixture
def image(tmp_path: Path) -> Image:
    layout = Layout(tmp_path / "layout")
    manifest = layout.manifest(
        [
            layout.layer({"etc": None, "etc/version": b"1.2.3.4"}),
            layout.layer({"big": bytes(2_000_000), "link": "/etc/version"}),
            layout.layer({".wh.big": b"", "etc/version": bytes(1_200_000)}),
            layout.layer({"a <b>&": b"x"}),
        ],
        history=[
            "ADD rootfs.tar / # buildkit",
            "ENV A=<script>alert(1)</script> #",
            "RUN /bin/sh -c download --all # buildkit",
            "RUN /bin/sh -c rm /big # buildkit",
            "RUN /bin/sh -c echo \"<b>&amp;\" > '/a b' # buildkit",
        ],
        config={
            "config": {
                "Entrypoint": ["serve", "--name=a b"],
                "User": "nobody",
                "WorkingDir": "/srv",
                "Env": ["A=<script>alert(1)</script>\x1b[31m"],
                "Labels": {"title": "by hand"},
            }
        },
    )
    statement = (STATEMENTS / "provenance-v1.json").read_bytes()
    return layout.read(layout.index([manifest, layout.attestation(manifest, statement)]))


def test_text(image: Image) -> None:
    assert image_text(image) == TEXT


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
            r'<rect [^>]*width="([\d.]+)" height="20.0"[^>]*#2f6db5', picture.svg
        )
    ]
    wasted = re.findall(
        r'<rect [^>]*width="([\d.]+)" height="20.0"[^>]*stroke="#b3261e"', picture.svg
    )
    assert len(bars) == 4
    assert bars[2] / bars[1] == pytest.approx(1.2 / 2, rel=0.02)
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
    assert "0 layers, 0 B stored, 0 B unpacked, nothing wasted" in picture.text
    ElementTree.fromstring(picture.svg)
    assert "linux/amd64" in explore(image).html


def test_a_layer_that_nothing_tells_of(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    layer = layout.layer({"a": b"x"})
    assert f"{layer['digest'][:19]}…, nothing says by what" in image_text(
        layout.read(layout.manifest([layer]))
    )


# -- folding HTML ----------------------------------------------------------------------


def summaries(html: str) -> list[str]:
    found = re.findall(r"<summary>(.*?)</summary>", html)
    return [re.sub(r"<[^>]+>", "", summary) for summary in found]


def test_the_explorer_unfolds_platforms_layers_and_attestations(image: Image) -> None:
    shown = explore(image)
    told = summaries(shown.html)
    assert told[0].startswith("linux/amd64 4 layers")
    assert "layer 3 RUN rm /big 1.2 MB unpacked, 1.2 MB stored, 1 changed, 1 removed" in told
    assert "wasted: 2.0 MB in the image, and seen by no container" in told
    assert "the Dockerfile that it carries" in told
    assert "history, 5 lines" in told
    assert "FROM lab/busybox AS build\nARG FLAVOUR" in shown.html
    assert shown._repr_mimebundle_() == {"text/html": shown.html, "text/plain": TEXT}


def test_the_explorer_shows_what_became_of_each_file(image: Image) -> None:
    plain = re.sub(r"<[^>]+>", "", explore(image).html)
    for expected in (
        "+ big 2.0 MB, hidden by layer 3",
        "\N{MINUS SIGN} big removed, 2.0 MB",
        "~ etc/version changed, 1.2 MB",
        "+ link symbolic link to /etc/version",
    ):
        assert expected in plain


def test_nothing_of_an_image_becomes_markup(image: Image) -> None:
    html = explore(image).html
    assert "<script>" not in html
    assert "\x1b" not in html
    assert "A=&lt;script&gt;alert(1)&lt;/script&gt;" in html
    # Every tag that was opened is closed again.
    body = re.sub(r'style="[^"]*"', "", html).replace("<details open", "<details")
    ElementTree.fromstring(body)


def test_a_layer_with_many_files_stays_small(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    files: dict[str, bytes | str | None] = {f"d/{n:05}": b"x" * n for n in range(MOST_FILES + 50)}
    image = layout.read(layout.manifest([layout.layer(files)]))
    html = explore(image).html
    assert html.count("<code>+ 00") == MOST_FILES
    assert "and 50 more with 1.2 kB" in html


def test_a_damaged_layer_is_an_error_and_no_picture(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    layer = layout.layer({"a": b"x"})
    image = layout.read(layout.manifest([layer]))
    layout.path(layer).write_bytes(b"")
    shows: tuple[Callable[[Image], object], ...] = (image_layers, image_text, explore)
    for show in shows:
        with pytest.raises(ImageError, match="layer 1 is cut off"):
            show(image)
