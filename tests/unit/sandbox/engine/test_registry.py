"""What leaves the registry's folder, and what stays in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import UsageError
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


def test_a_registry_that_never_had_anything_has_no_names(tmp_path: Path) -> None:
    assert registry.first_parts(tmp_path) == ()


@pytest.mark.parametrize("first_part", ["", ".", "..", "../..", "team/app", "*", "/team", "Team"])
def test_what_is_no_first_part_reaches_no_folder(folder: Path, first_part: str) -> None:
    with pytest.raises(UsageError, match="first part"):
        registry.forget(folder, first_part)
    assert registry.first_parts(folder) == ("lab", "team", "teams")


def test_the_engine_looks_for_the_file_that_says_so() -> None:
    script = Path(registry.__file__).with_name("inside") / "init.sh"
    assert f"/lab/registry/{registry.UNTIDY}" in script.read_text()
