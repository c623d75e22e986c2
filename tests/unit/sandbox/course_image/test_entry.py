"""Filling a volume: quick, repeatable, and right after an update of the image."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.course_image.entry import fill


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    for kind in ("rootfs", "images", "indexes"):
        (tmp_path / "cache" / kind / "new").mkdir(parents=True)
    return tmp_path / "cache"


def test_a_fresh_volume_leads_to_the_image(tmp_path: Path, cache: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    fill(volume, tmp_path / "course", cache)
    fill(volume, tmp_path / "course", cache)  # a second start, or one after a killed start
    assert (volume / "lessons").readlink() == tmp_path / "course" / "lessons"
    assert (volume / ".lab/cache/images/new").readlink() == cache / "images" / "new"
    assert (volume / "work").is_dir()


def test_an_update_removes_what_the_image_no_longer_has(tmp_path: Path, cache: Path) -> None:
    volume = tmp_path / "volume"
    images = volume / ".lab/cache/images"
    images.mkdir(parents=True)
    (images / "gone").symlink_to(cache / "images" / "gone")
    (images / "own").mkdir()  # an image that the learner has made online
    fill(volume, tmp_path / "course", cache)
    assert sorted(one.name for one in images.iterdir()) == ["new", "own"]
