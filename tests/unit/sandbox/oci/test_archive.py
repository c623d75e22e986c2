"""Images in tar archives, read where they lie."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from sandbox.errors import ImageError, ImageNotFound
from sandbox.oci import open_archive, read_image

from .conftest import Layout


def packed(layout: Layout, path: Path, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        archive.add(layout.folder, arcname=".")
    return path


def test_an_image_in_an_archive(layout: Layout, tmp_path: Path) -> None:
    layer = layout.layer({"a": b"canary"}, "zstd")
    layout.write(layout.index([layout.manifest([layer])]))
    image = read_image(open_archive(packed(layout, tmp_path / "image.tar")), "image.tar")
    assert [f.path for f in image.find(b"canary")] == ["/a"]


def test_a_blob_that_the_archive_lacks(layout: Layout, tmp_path: Path) -> None:
    layer = layout.layer({"a": b"x"})
    layout.write(layout.manifest([layer]))
    layout.path(layer).unlink()
    image = read_image(open_archive(packed(layout, tmp_path / "image.tar")), "image.tar")
    with pytest.raises(ImageError, match=r"layer 1 is not in .*image\.tar"):
        image.find(b"x")


def test_what_is_no_archive_of_an_image(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(ImageNotFound, match="no image archive") as caught:
        open_archive(tmp_path / "none.tar")
    assert "type=oci" in caught.value.next_step
    with pytest.raises(ImageError, match=r"has no index\.json"):
        open_archive(packed(layout, tmp_path / "empty.tar"))
    layout.write(layout.manifest([]))
    with pytest.raises(ImageError, match="is not a tar archive") as not_tar:
        open_archive(packed(layout, tmp_path / "image.tar.gz", "w:gz"))
    assert "uncompress" in not_tar.value.next_step
