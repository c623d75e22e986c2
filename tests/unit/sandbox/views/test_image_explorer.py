"""Folding HTML of an image made by hand."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from sandbox.notebook.explorer import MOST_FILES, explore
from sandbox.oci import Image

from ..oci.conftest import Layout
from .by_hand import TEXT, image

__all__ = ["image"]


def summaries(html: str) -> list[str]:
    found = re.findall(r"<summary>(.*?)</summary>", html)
    return [re.sub(r"<[^>]+>", "", summary) for summary in found]


def test_the_explorer_unfolds_platforms_layers_and_attestations(image: Image) -> None:
    shown = explore(image)
    told = summaries(shown.html)
    assert told[0].startswith("linux/amd64 4 layers")
    assert "layer 3 RUN rm /big 1.2 MB unpacked, 1.2 MB stored, 1 changed, 1 removed" in told
    assert "wasted: 2.0 MB in the image, and seen by no container" in told
    assert "the Dockerfile in the provenance" in told
    assert "history, 5 lines" in told
    assert "environment, 1 variable" in told
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
