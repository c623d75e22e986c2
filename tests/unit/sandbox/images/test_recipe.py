from __future__ import annotations

import pytest

from sandbox.images.recipe import catalog, wanted


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("lab/busybox", "lab/busybox"),
        ("lab/busybox:latest", "lab/busybox"),
        ("docker.io/lab/busybox", "lab/busybox"),
        ("docker.io/lab/busybox:latest", "lab/busybox"),
        ("lab/busybox@sha256:" + "0" * 64, "lab/busybox"),
        ("docker/dockerfile:1.7", "docker/dockerfile"),
        ("docker/dockerfile:1", "docker/dockerfile"),
        ("docker.io/docker/dockerfile:1.19", "docker/dockerfile"),
    ],
)
def test_references_that_the_lab_serves(reference: str, name: str) -> None:
    recipe = wanted(reference)
    assert recipe is not None
    assert recipe.name == name


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "busybox",
        "lab/busybox:1.36",
        "lab/busybox2",
        "other/lab/busybox",
        "localhost:5000/lab/busybox",
        "example.org/lab/busybox",
        "docker/dockerfile:1.3",
        "docker/dockerfile:1.20",
        "docker/dockerfile:1-labs",
        "scratch",
        "$BASE",
    ],
)
def test_all_others_are_somebody_elses(reference: str) -> None:
    assert wanted(reference) is None


def test_every_recipe_is_whole() -> None:
    found = catalog()
    assert {"lab/busybox", "lab/debian", "lab/go", "docker/dockerfile"} <= set(found)
    assert len({recipe.key for recipe in found.values()}) == len(found)
    for name, recipe in found.items():
        assert recipe.name == name
        assert (recipe.folder / "Dockerfile").is_file()
        assert recipe.tags
        assert all(platform.startswith("linux/") for platform in recipe.platforms)
        assert recipe.size_mb > 0
        assert len(recipe.trees()) == (len(recipe.platforms) if recipe.suite else 0)


def test_a_tree_for_each_platform() -> None:
    trees = catalog()["lab/busybox"].trees()
    assert set(trees) == {"rootfs-amd64.tar", "rootfs-arm64.tar"}
    assert trees["rootfs-arm64.tar"].architecture == "arm64"
    assert "busybox-static" in trees["rootfs-arm64.tar"].packages


def test_no_image_pretends_to_be_somebody_elses() -> None:
    """Each says in its labels what it is and who packed it."""
    for recipe in catalog().values():
        text = (recipe.folder / "Dockerfile").read_text()
        assert "org.opencontainers.image.description" in text
        assert "BuildKit Lab" in text
