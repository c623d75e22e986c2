"""What leaves the registry's folder, and what stays in it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import HostError, SetupError, UsageError
from sandbox.engine import registry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a registry with four names."""
    for name in ("lab/busybox", "team/app", "team/deep/er", "teams/app"):
        tags = tmp_path / "docker/registry/v2/repositories" / name / "_manifests/tags/latest"
        tags.mkdir(parents=True)
    return tmp_path


def test_names_are_taken_away_by_their_first_part_whole(folder: Path) -> None:
    registry.forget(folder, "team")
    assert registry.first_parts(folder) == ("lab", "teams")
    assert (folder / registry.UNTIDY).exists()


def test_nothing_to_forget_leaves_nothing_to_tidy(folder: Path) -> None:
    registry.forget(folder, "nobody")
    assert registry.first_parts(folder) == ("lab", "team", "teams")
    assert not (folder / registry.UNTIDY).exists()


def test_of_a_team_s_images_those_stay_that_are_named(tmp_path: Path) -> None:
    repositories = tmp_path / "docker/registry/v2/repositories"
    for name in ("team/app", "team/app/cache", "team/other", "teams/app"):
        for tag in ("latest", "1.0"):
            (repositories / name / "_manifests/tags" / tag / "current").mkdir(parents=True)

    kinds = ("team/app/cache", "team/app", "team/other")
    assert registry.references(tmp_path, "team") == tuple(
        sorted(f"{kind}:{tag}" for kind in kinds for tag in ("1.0", "latest"))
    )
    registry.keep(tmp_path, "team", ["team/app:latest"])
    assert registry.references(tmp_path, "team") == ("team/app:latest",)

    left = {
        f"{p.parents[2].relative_to(repositories)}:{p.name}" for p in repositories.rglob("tags/*")
    }
    assert left == {"team/app:latest", "teams/app:latest", "teams/app:1.0"}
    assert (tmp_path / registry.UNTIDY).exists()


def test_a_registry_that_never_had_anything_has_no_names(tmp_path: Path) -> None:
    assert registry.first_parts(tmp_path) == ()


@pytest.mark.parametrize("first_part", ["", ".", "..", "../..", "team/app", "*", "/team", "Team"])
def test_what_is_no_first_part_reaches_no_folder(folder: Path, first_part: str) -> None:
    with pytest.raises(UsageError, match="first part"):
        registry.forget(folder, first_part)
    assert registry.first_parts(folder) == ("lab", "team", "teams")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An OCI layout: a config and a layer, a manifest, an index of the manifest."""
    folder = tmp_path / "layout"
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def add(content: str) -> dict[str, str]:
        digest = hashlib.sha256(content.encode()).hexdigest()
        (blobs / digest).write_text(content)
        return {"digest": f"sha256:{digest}"}

    manifest = add(json.dumps({"config": add("config"), "layers": [add("layer")]}))
    index = add(json.dumps({"manifests": [manifest]}))
    (folder / "index.json").write_text(json.dumps({"manifests": [index]}))
    return folder


def links(repository: Path, kind: str) -> set[str]:
    """The digests that a repository is said to have."""
    return {path.read_text() for path in (repository / kind).rglob("link")}


def test_an_image_is_stored_under_each_of_its_names(tmp_path: Path, layout: Path) -> None:
    folder = tmp_path / "registry"

    for _ in range(2):
        registry.store(folder, layout, ("lab/app:1", "lab/other:latest", "lab/app:key"))

    stored = {path.parent.name: path.read_bytes() for path in folder.rglob("data")}
    assert stored == {path.name: path.read_bytes() for path in layout.glob("blobs/*/*")}
    (index,) = json.loads((layout / "index.json").read_text())["manifests"]
    for name, tags in {"lab/app": {"1", "key"}, "lab/other": {"latest"}}.items():
        repository = folder / "docker/registry/v2/repositories" / name
        assert {path.name for path in repository.glob("_manifests/tags/*")} == tags
        assert links(repository, "_manifests/tags") == {index["digest"]}
        manifests, others = links(repository, "_manifests/revisions"), links(repository, "_layers")
        assert len(manifests) == len(others) == 2
        assert {f"sha256:{digest}" for digest in stored} == manifests | others


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"lay")])
@pytest.mark.parametrize("begin", [b"layer", b"config", b'{"config"', b'{"manifests"'])
def test_a_damaged_layout_is_not_stored(
    tmp_path: Path, layout: Path, begin: bytes, damage: Callable[[Path], object]
) -> None:
    damage(next(path for path in layout.glob("blobs/*/*") if path.read_bytes().startswith(begin)))

    with pytest.raises(SetupError, match=f"damaged: {layout}"):
        registry.store(tmp_path / "registry", layout, ("lab/app:1",))

    assert not list((tmp_path / "registry").rglob("tags"))


def test_a_full_disk_is_an_error_with_a_next_step(
    tmp_path: Path, layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("shutil.copyfile", fill)
    with pytest.raises(HostError, match="No space left") as caught:
        registry.store(tmp_path / "registry", layout, ("lab/app:1",))

    assert "free disk space" in caught.value.next_step


def test_the_engine_looks_for_the_file_that_says_so() -> None:
    script = Path(registry.__file__).with_name("inside") / "init.sh"
    assert f"/lab/registry/{registry.UNTIDY}" in script.read_text()
