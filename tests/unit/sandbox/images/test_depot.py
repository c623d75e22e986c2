"""Package indexes on their way from the cache to where they are served; the engine is played."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import SetupError
from sandbox.engine.places import Places
from sandbox.images import depot, store, workshop
from sandbox.images.depot import Depot
from sandbox.images.index import PackageIndex


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
    monkeypatch.setattr(workshop, "build", engine.build)
    return engine


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path / "h", tmp_path / "c")
    places.create()
    return places


@pytest.fixture
def index(tmp_path: Path) -> PackageIndex:
    return PackageIndex("npm", "lab/node", tmp_path / "sources", "one")


def stand(places: Places) -> Depot:
    return Depot(places, 5000, lambda _: None)


def served(places: Places) -> str:
    return (places.packages / "npm" / "package.tgz").read_text()


def test_made_once_and_served(places: Places, index: PackageIndex, engine: Engine) -> None:
    here = stand(places)
    assert not here.has(index)
    assert not here.cached(index)
    here.provide(index)
    assert here.has(index)
    assert here.cached(index)
    here.provide(index)
    assert engine.built == 1
    assert served(places) == "1"


def test_a_second_sandbox_makes_nothing(
    places: Places, index: PackageIndex, engine: Engine, tmp_path: Path
) -> None:
    stand(places).provide(index)
    second = Places(tmp_path / "h2", places.cache)
    second.create()
    assert stand(second).cached(index)
    assert not stand(second).has(index)
    stand(second).provide(index)
    assert stand(second).has(index)
    assert engine.built == 1


def test_another_version_takes_its_place_whole(
    places: Places, index: PackageIndex, engine: Engine
) -> None:
    stand(places).provide(index)
    (places.packages / "npm" / "left-over").touch()
    newer = replace(index, key="two")
    assert not stand(places).has(newer)
    stand(places).provide(newer)
    assert served(places) == "2"
    assert [path.name for path in places.packages.iterdir()] == ["npm"]
    assert not (places.packages / "npm" / "left-over").exists()


def test_a_build_that_fails_leaves_nothing(
    places: Places, index: PackageIndex, engine: Engine
) -> None:
    engine.broken = True
    with pytest.raises(SetupError):
        stand(places).provide(index)
    assert [path.suffix for path in places.indexes.iterdir()] == [".lock"]
    assert not stand(places).has(index)
    engine.broken = False
    stand(places).provide(index)
    assert stand(places).has(index)


@pytest.mark.parametrize("moment", ["copying", "between"])
def test_a_kill_is_healed_by_the_next(
    places: Places,
    index: PackageIndex,
    engine: Engine,
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand(places).provide(index)
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
            depot._exchange(_made(places, newer), places.packages / "npm")
    assert not stand(places).has(newer)
    # What was there still is, or nothing.
    assert stand(places).has(index) == (moment == "copying")
    stand(places).provide(newer)
    assert stand(places).has(newer)
    assert [path.name for path in places.packages.iterdir()] == ["npm"]


def _made(places: Places, index: PackageIndex) -> Path:
    folder = store.packages(places, index)
    folder.mkdir(parents=True)
    (folder / depot.MADE_FROM).write_text(index.key)
    (folder / "package.tgz").write_text("2")
    return folder


def _only_aside(self: Path, target: Path) -> None:
    if not target.name.endswith(".old"):
        raise KeyboardInterrupt
    self.replace(target)
