"""The sources of the lab's own packages."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from sandbox.images.index import INDEXES, indexes
from sandbox.images.recipe import catalog

OWN = re.compile(r"skerry-[a-z]+|@team/[a-z]+|skerry\.lab/[a-z]+")


def names_and_needs(index: str) -> tuple[set[str], set[str]]:
    """What the packages of an index are called, and what they depend on."""
    folder = INDEXES / index
    if index == "npm":
        found = [json.loads(path.read_text()) for path in folder.glob("packages/*/package.json")]
        needs = {name for package in found for name in package.get("dependencies", {})}
        return {package["name"] for package in found}, needs
    if index == "pypi":
        projects = [
            tomllib.loads(path.read_text())["project"]
            for path in folder.glob("packages/*/pyproject.toml")
        ]
        wanted = [line for one in projects for line in one.get("dependencies", ())]
        return {one["name"] for one in projects}, {re.split(r"[<>=]", line)[0] for line in wanted}
    if index == "go":
        mods = "\n".join(path.read_text() for path in folder.glob("modules/*/go.mod"))
        names = re.findall(r"(?m)^module (\S+)", mods)
        return set(names), set(re.findall(r"(?m)(\S+) v\d", mods))
    controls = "\n".join(path.read_text() for path in folder.glob("packages/*/DEBIAN/control"))
    needs = ", ".join(re.findall(r"(?m)^Depends: (.*)", controls))
    names = re.findall(r"(?m)^Package: (\S+)", controls)
    return set(names), set(re.findall(r"[a-z][a-z-]+", needs))


@pytest.mark.parametrize("name", sorted(indexes()))
def test_every_index_is_whole(name: str) -> None:
    index = indexes()[name]
    assert index.name == name == index.folder.name
    # It is made with the tools of the image that brings it along.
    assert catalog()[index.image].index == name
    assert f"FROM {index.image} AS" in (index.folder / "Dockerfile").read_text()
    assert sum(path.stat().st_size for path in index.folder.rglob("*") if path.is_file()) < 50_000


@pytest.mark.parametrize("name", sorted(indexes()))
def test_packages_need_each_other_and_nothing_else(name: str) -> None:
    names, needs = names_and_needs(name)
    assert len(names) >= 4
    assert needs
    assert needs <= names


@pytest.mark.parametrize("name", sorted(indexes()))
def test_no_name_can_be_taken_for_somebody_elses(name: str) -> None:
    names, _ = names_and_needs(name)
    assert [one for one in names if not OWN.fullmatch(one)] == []


def test_npm_has_what_lessons_ask_for() -> None:
    names, _ = names_and_needs("npm")
    assert 8 <= len(names) <= 12
    assert [one for one in names if one.startswith("@team/")] == ["@team/fares"]


def test_a_key_changes_with_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "some"
    (folder / "deep").mkdir(parents=True)
    (folder / "index.toml").write_text('name = "some"\nimage = "lab/some"\n')
    monkeypatch.setattr("sandbox.images.index.INDEXES", tmp_path)
    keys = set()
    for change in ("", "one", "two"):
        (folder / "deep" / "file").write_text(change)
        indexes.cache_clear()
        keys.add(indexes()["some"].key)
    (folder / "deep" / "file").rename(folder / "deep" / "elif")
    indexes.cache_clear()
    keys.add(indexes()["some"].key)
    indexes.cache_clear()
    assert len(keys) == 4
