from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import HostError, UsageError
from sandbox.engine.paths import SOCKET_PATH_MAX, Paths


def test_variables_come_before_the_users_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDKIT_LAB_HOME", str(tmp_path / "h"))
    monkeypatch.setenv("BUILDKIT_LAB_CACHE", str(tmp_path / "c"))
    assert Paths.default() == Paths(tmp_path / "h", tmp_path / "c")


def test_an_empty_variable_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("BUILDKIT_LAB_HOME", "BUILDKIT_LAB_CACHE"):
        monkeypatch.setenv(name, "")
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    found = Paths.default()
    assert found.home == tmp_path / ".local/share/buildkit-lab"
    assert found.cache == tmp_path / ".cache/buildkit-lab"


def test_relative_folders_are_this_processs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BUILDKIT_LAB_HOME", "h")
    assert Paths.default().home == tmp_path / "h"


def test_the_longest_socket_must_fit(tmp_path: Path) -> None:
    room = SOCKET_PATH_MAX - len("/run/rootlesskit/api.sock")
    fits = Paths(Path("/" + "é" * ((room - 1) // 2) + "x" * ((room - 1) % 2)), tmp_path)
    assert fits.spare_socket_bytes == 0
    over = Paths(fits.home.with_name(fits.home.name + "x"), tmp_path)
    assert over.spare_socket_bytes == -1
    with pytest.raises(UsageError, match="is 1 bytes too long") as caught:
        over.create()
    assert "BUILDKIT_LAB_HOME" in caught.value.next_step


def test_everything_lies_in_the_two_folders(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "h", tmp_path / "c")
    names = [name for name in dir(paths) if isinstance(getattr(Paths, name, None), property)]
    found = [value for name in names if isinstance(value := getattr(paths, name), Path)]
    assert len(found) > 10
    for path in found:
        assert path.is_relative_to(paths.home) or path.is_relative_to(paths.cache)


def test_made_twice_it_is_the_same(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "h", tmp_path / "c")
    paths.create()
    (paths.builds / "kept").touch()
    paths.create()
    assert (paths.builds / "kept").exists()
    assert not paths.cache.exists()


def test_a_file_where_the_home_should_be(tmp_path: Path) -> None:
    (tmp_path / "h").touch()
    with pytest.raises(HostError, match="Cannot write to") as caught:
        Paths(tmp_path / "h", tmp_path / "c").create()
    assert "BUILDKIT_LAB_HOME" in caught.value.next_step
