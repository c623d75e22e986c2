"""What images and indexes are made from, in a checkout and where pip has installed the lab."""

from __future__ import annotations

import compileall
import shutil
from pathlib import Path

import pytest

from sandbox.images import index
from sandbox.images.index import INDEXES, indexes
from sandbox.images.recipe import RECIPES, read_recipe
from sandbox.images.sources import sources


def test_what_python_compiled_is_no_source(tmp_path: Path) -> None:
    for name in ("a.py", "deep/b.txt", "__pycache__/a.pyc", "deep/__pycache__/b.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\xa7")
    assert sources(tmp_path) == [tmp_path / "a.py", tmp_path / "deep" / "b.txt"]
    # Where a virtual environment is does not matter.
    assert sources(tmp_path / "__pycache__") == [tmp_path / "__pycache__" / "a.pyc"]


def test_an_installed_lab_has_the_same_images(tmp_path: Path) -> None:
    for original in sorted(RECIPES.iterdir()):
        copy = shutil.copytree(original, tmp_path / original.name)
        assert compileall.compile_dir(copy, quiet=2)
        assert read_recipe(copy).key == read_recipe(original).key
    assert list(tmp_path.rglob("*.pyc")) != []


def test_an_installed_lab_has_the_same_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: found.key for name, found in indexes().items()}
    copy = shutil.copytree(INDEXES, tmp_path / "indexes")
    assert compileall.compile_dir(copy, quiet=2)
    assert list(copy.rglob("*.pyc")) != []
    monkeypatch.setattr(index, "INDEXES", copy)
    assert {name: found.key for name, found in indexes.__wrapped__().items()} == before
