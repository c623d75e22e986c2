"""Package indexes on their way from the cache to where they are served; the engine is played."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import SetupError
from sandbox.engine.paths import Paths
from sandbox.images import image_cache, internal_build, package_indexes
from sandbox.images.index import PackageIndex
from sandbox.images.package_indexes import PackageIndexes


class Engine:
    """Makes an index of one file, or fails half-way."""

    def __init__(self) -> None:
        self.built = 0
        self.broken = False

    def build(self, *arguments: object) -> None:
        self.built += 1
        (option,) = (str(a) for a in arguments if str(a).startswith("--output=type=local,dest="))
        target = Path(option.partition("dest=")[2])
        target.mkdir(parents=True)
        (target / "package.tgz").write_text(str(self.built))
        if self.broken:
            raise SetupError("no", next_step="nothing")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    monkeypatch.setattr(internal_build, "build", engine.build)
    return engine


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path / "h", tmp_path / "c")
    paths.create()
    return paths


@pytest.fixture
def index(tmp_path: Path) -> PackageIndex:
    return PackageIndex("npm", "lab/node", tmp_path / "sources", "one")


def stand(paths: Paths) -> PackageIndexes:
    return PackageIndexes(paths, 5000, lambda _: None)


def served(paths: Paths) -> str:
    return (paths.packages / "npm" / "package.tgz").read_text()


def test_made_once_and_served(paths: Paths, index: PackageIndex, engine: Engine) -> None:
    here = stand(paths)
    assert not here.has(index)
    assert not here.cached(index)
    here.provide(index)
    assert here.has(index)
    assert here.cached(index)
    here.provide(index)
    assert engine.built == 1
    assert served(paths) == "1"


def test_a_second_sandbox_makes_nothing(
    paths: Paths, index: PackageIndex, engine: Engine, tmp_path: Path
) -> None:
    stand(paths).provide(index)
    second = Paths(tmp_path / "h2", paths.cache)
    second.create()
    assert stand(second).cached(index)
    assert not stand(second).has(index)
    stand(second).provide(index)
    assert stand(second).has(index)
    assert engine.built == 1


def test_another_version_takes_its_place_whole(
    paths: Paths, index: PackageIndex, engine: Engine
) -> None:
    stand(paths).provide(index)
    (paths.packages / "npm" / "left-over").touch()
    newer = replace(index, key="two")
    assert not stand(paths).has(newer)
    stand(paths).provide(newer)
    assert served(paths) == "2"
    assert [path.name for path in paths.packages.iterdir()] == ["npm"]
    assert not (paths.packages / "npm" / "left-over").exists()


def test_a_build_that_fails_leaves_nothing(
    paths: Paths, index: PackageIndex, engine: Engine
) -> None:
    engine.broken = True
    with pytest.raises(SetupError):
        stand(paths).provide(index)
    assert [path.suffix for path in paths.indexes.iterdir()] == [".lock"]
    assert not stand(paths).has(index)
    engine.broken = False
    stand(paths).provide(index)
    assert stand(paths).has(index)


@pytest.mark.parametrize("moment", ["copying", "between"])
def test_a_kill_is_healed_by_the_next(
    paths: Paths,
    index: PackageIndex,
    engine: Engine,
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand(paths).provide(index)
    newer = replace(index, key="two")

    def half(source: Path, target: Path) -> None:
        target.mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "copying":
            patch.setattr(shutil, "copytree", half)
        else:
            patch.setattr(Path, "rename", _only_aside)
        with pytest.raises(KeyboardInterrupt):
            package_indexes._exchange(_made(paths, newer), paths.packages / "npm")
    assert not stand(paths).has(newer)
    # What was there still is, or nothing.
    assert stand(paths).has(index) == (moment == "copying")
    stand(paths).provide(newer)
    assert stand(paths).has(newer)
    assert [path.name for path in paths.packages.iterdir()] == ["npm"]


def _made(paths: Paths, index: PackageIndex) -> Path:
    folder = image_cache.packages(paths, index)
    folder.mkdir(parents=True)
    (folder / package_indexes.MADE_FROM).write_text(index.key)
    (folder / "package.tgz").write_text("2")
    return folder


def _only_aside(self: Path, target: Path) -> None:
    if not target.name.endswith(".old"):
        raise KeyboardInterrupt
    self.replace(target)
