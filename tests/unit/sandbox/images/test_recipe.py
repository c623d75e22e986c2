from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sandbox.images.index import indexes
from sandbox.images.recipe import RECIPES, base_images, catalog, read_recipe, wanted
from sandbox.parse.flags import SCANNER


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
        ("lab/sbom-scanner", "lab/sbom-scanner"),
        ("docker/buildkit-syft-scanner:stable-1", "lab/sbom-scanner"),
        ("docker/buildkit-syft-scanner", "lab/sbom-scanner"),
        ("docker/dockerfile:1.2", "docker/dockerfile"),
        ("docker/dockerfile:1.4.3", "docker/dockerfile"),
        ("docker/dockerfile:1.3-labs", "docker/dockerfile"),
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
        "docker/dockerfile:1.20",
        "docker/dockerfile:1-labs",
        "docker/dockerfile:1.7-labs",
        "docker/dockerfile-upstream:master",
        "docker/buildkit-syft-scanner:2",
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
        assert recipe.wheels is None or (recipe.folder / recipe.wheels).is_file()
        assert len(recipe.trees()) == (len(recipe.platforms) if recipe.suite else 0)


def test_no_two_recipes_serve_one_name() -> None:
    names = [name for recipe in catalog().values() for name in recipe.names]
    assert len(set(names)) == len(names)


def test_what_comes_from_pypi_is_pinned() -> None:
    for recipe in catalog().values():
        if recipe.wheels is not None:
            for line in (recipe.folder / recipe.wheels).read_text().splitlines():
                assert re.fullmatch(r"\S+==\S+( --hash=sha256:[0-9a-f]{64})+", line), line


def test_what_asks_for_the_default_scanner_gets_the_labs() -> None:
    recipe = wanted(SCANNER)
    assert recipe is not None
    assert recipe.name == "lab/sbom-scanner"
    label = (recipe.folder / "Dockerfile").read_text()
    assert "not by Docker" in label


def test_an_index_that_is_named_is_there() -> None:
    named = {recipe.index for recipe in catalog().values() if recipe.index is not None}
    assert named == set(indexes())


def test_a_size_that_was_measured_anew_makes_no_other_image(tmp_path: Path) -> None:
    text = (RECIPES / "busybox" / "image.toml").read_text()
    keys = []
    for n, changed in enumerate((text, re.sub("size_mb = .*", "size_mb = 999", text), f"{text}\n")):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / "image.toml").write_text(changed)
        (folder / "Dockerfile").write_text("FROM scratch")
        keys.append(read_recipe(folder).key)
    assert len(set(keys)) == 1
    (folder / "Dockerfile").write_text("FROM scratch AS other")
    assert read_recipe(folder).key != keys[0]
    (folder / "image.toml").write_text(text.replace("busybox-static", "busybox"))
    assert read_recipe(folder).key not in keys


@pytest.mark.parametrize(("machine", "native"), [("x86_64", "amd64"), ("aarch64", "arm64")])
def test_images_are_for_this_machine_and_some_for_the_other_one_too(
    monkeypatch: pytest.MonkeyPatch, machine: str, native: str
) -> None:
    """An image for the foreign platform alone would run under emulation."""
    monkeypatch.setattr("platform.machine", lambda: machine)
    made = {folder.name: read_recipe(folder) for folder in RECIPES.iterdir() if folder.is_dir()}
    both = {name for name, recipe in made.items() if len(recipe.platforms) == 2}
    assert both == {"busybox", "go"}
    for name in both:
        assert made[name].architectures == ("amd64", "arm64")
    assert {made[name].architectures for name in made.keys() - both} == {(native,)}
    assert set(made["node"].trees()) == {f"rootfs-{native}.tar"}


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


def test_contributing_names_every_key_of_a_recipe() -> None:
    used = {
        key
        for file in RECIPES.glob("*/image.toml")
        for key in tomllib.loads(file.read_text(encoding="utf-8"))
    }
    text = (Path(__file__).parents[4] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("\n## A base image\n")[2].partition("\n## ")[0]
    first = "\n".join(re.findall(r"(?m)^\| ([^|]*`[^|]*) \|", table))
    assert set(re.findall(r"`(\w+)`", first)) == used


def test_what_a_tool_asks_for_by_itself_is_no_image_to_build_on() -> None:
    assert base_images() == (
        "lab/busybox",
        "lab/debian",
        "lab/git",
        "lab/go",
        "lab/node",
        "lab/python",
    )
