"""One file of an image, as a container would see it."""

from __future__ import annotations

import pytest

from sandbox.oci import PlatformImage

from .conftest import Layout


@pytest.fixture
def one(layout: Layout) -> PlatformImage:
    """Three layers, the second of which is full of links."""
    lower = {"usr/bin/tool": b"old", "usr/bin/gone": b"x", "etc/motd": b"hello"}
    upper = {
        "bin": "usr/bin",
        "usr/bin/tool": b"the new one",
        "usr/bin/same": "../../bin/./tool",
        "loop": "/loop",
    }
    layers = [lower, upper, {"usr/bin/.wh.gone": b""}]
    root = layout.manifest([layout.layer(files, "gzip") for files in layers])
    return layout.read(root).platform()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/etc/motd", b"hello"),
        ("/usr/bin/tool", b"the new one"),
        ("/bin/tool", b"the new one"),
        ("/bin/same", b"the new one"),
        ("/usr/bin/gone", None),
        ("/loop", None),
        ("/nothing", None),
        ("/bin", None),
    ],
)
def test_a_file_is_what_the_last_layer_leaves_behind_any_links(
    one: PlatformImage, path: str, content: bytes | None
) -> None:
    assert one.read(path, most_bytes=100) == content


def test_no_more_is_read_than_is_asked_for(one: PlatformImage) -> None:
    assert one.read("/bin/tool", most_bytes=3) == b"the"
