"""Folding HTML of an image made by hand."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from sandbox.notebook.explorer import MOST_FILES, MOST_LARGEST, explore
from sandbox.oci import Image

from ..oci.conftest import Layout
from .by_hand import TEXT, image

__all__ = ["image"]


def summaries(html: str) -> list[str]:
    return [plain(summary) for summary in re.findall(r"<summary.*?>(.*?)</summary>", html)]


def plain(html: str) -> str:
    """The words, with one blank between columns."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def columns(row: str) -> list[str]:
    return re.findall(r"text-align:right[^>]*>(.*?)</span>", row)


def opened(html: str, summary: str) -> str:
    """What a summary without folds of its own shows when it is unfolded."""
    return html.split(f"<summary>{summary}</summary>")[1].split("</details>", maxsplit=1)[0]


def test_the_explorer_unfolds_platforms_layers_and_attestations(image: Image) -> None:
    shown = explore(image)
    told = summaries(shown.html)
    assert told[0].startswith("linux/amd64 4 layers")
    assert "3 1.2 MB 1.2 MB 1 1 RUN rm /big" in told
    assert "wasted: 2.0 MB in the image, and seen by no container" in told
    assert "the Dockerfile in the provenance" in told
    assert "history, 5 lines" in told
    assert "environment, 1 variable" in told
    assert "FROM lab/busybox AS build\nARG FLAVOUR" in shown.html
    assert shown._repr_mimebundle_() == {"text/html": shown.html, "text/plain": TEXT}


def test_the_explorer_shows_what_became_of_each_file(image: Image) -> None:
    told = plain(explore(image).html)
    for expected in (
        "2.0 MB + big hidden by layer 3",
        "2.0 MB \N{MINUS SIGN} big removed",
        "1.2 MB ~ etc/version changed",
        "+ link symbolic link to /etc/version",
    ):
        assert expected in told


def test_the_sizes_of_layers_stand_in_columns(image: Image) -> None:
    html = explore(image).html
    rows = re.findall(r"<summary style=.*?</summary>", html)
    layers = [columns(row) for row in rows if len(columns(row)) > 1]
    assert layers == [
        ["1", "7 B", "10.2 kB", "2", "", ""],
        ["2", "2.0 MB", "2.0 MB", "2", "", ""],
        ["3", "1.2 MB", "1.2 MB", "", "1", "1"],
        # A file of one letter: the archive's own bytes are not the file's.
        ["4", "1 B", "10.2 kB", "1", "", ""],
    ]
    heads = ["layer", "files", "stored", "+", "~", "\N{MINUS SIGN}", "instruction"]
    assert re.findall(r"<b>(.*?)</b>", html)[: len(heads)] == heads
    assert "10.2 kB: the files, and a tar archive&#x27;s own bytes" in html


def test_layers_and_files_by_size(image: Image) -> None:
    html = explore(image).html
    rows = opened(html, "layers by size").split("<code>")[:-1]
    assert [columns(row)[:2] for row in rows] == [
        ["2", "2.0 MB"],
        ["3", "1.2 MB"],
        ["1", "7 B"],
        ["4", "1 B"],
    ]
    shown = plain(opened(html, "largest files").split("radiogroup")[1])
    assert "2.0 MB 2 + /big 1.2 MB 3 ~ /etc/version 7 B" in shown


def places(html: str, column: int) -> list[int]:
    return [int(place) for place in re.findall(rf"--by-{column}:(\d+)", html)]


def test_each_heading_orders_the_rows(image: Image) -> None:
    layers = explore(image).html.split("layers by size")[0]
    by_number, by_files, by_stored = (places(layers, column) for column in range(3))
    assert by_number == [1, 2, 3, 4]
    assert by_files == [3, 1, 2, 4]
    assert by_stored == [3, 1, 2, 4]
    files = opened(explore(image).html, "largest files")
    assert places(files, 0) == list(range(1, len(places(files, 0)) + 1))
    paths = re.findall(r"<code>. (.*?)</code>", files)
    by_path = sorted(zip(places(files, 2), paths, strict=True))
    assert [path for _, path in by_path] == sorted(paths) != paths


def test_two_explorers_share_no_id(image: Image) -> None:
    ids = re.findall(r' id="(.*?)"', explore(image).html + explore(image).html)
    assert ids
    assert len(set(ids)) == len(ids)


def test_sizes_in_the_tree_stand_in_one_column(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    layer = layout.layer({"d/one": b"x", "d/e": None, "d/e/two": b"yy", "d/e/three": b"zzz"})
    html = explore(layout.read(layout.manifest([layer]))).html
    tree = html[html.index("own bytes") :]
    # Only the names are indented; the sizes before them are not.
    indents = re.findall(r"([\d.]+)em\"><code>(.*?)</code>", tree)
    assert indents == [
        ("0.0", "· d/"),
        ("1.3", "+ e/"),
        ("2.6", "+ three"),
        ("2.6", "+ two"),
        ("1.3", "+ one"),
    ]
    assert columns(tree)[:5] == ["6 B", "5 B", "3 B", "2 B", "1 B"]


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
    assert html.count("<code>+ /d/") == MOST_LARGEST
    assert "and 50 more with 1.2 kB" in html
