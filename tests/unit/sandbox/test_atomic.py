"""Files and folders appear whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sandbox import atomic


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_text_replaces_the_one_before(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "a", "one")
    atomic.write_text(tmp_path / "a", "zwö")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "zwö"
    assert names(tmp_path) == ["a"]


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "secret", "x", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "a", "one")
    with pytest.raises(UnicodeEncodeError):
        atomic.write_text(tmp_path / "a", "\udc00")
    assert (tmp_path / "a").read_text() == "one"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_made_takes_its_place_when_it_is_whole(tmp_path: Path, is_folder: bool) -> None:
    target = tmp_path / "target"
    with atomic.made_whole(target) as partial:
        if is_folder:
            partial.mkdir()
        else:
            partial.touch()
        assert not target.exists()
    assert target.is_dir() is is_folder
    assert names(tmp_path) == ["target"]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic.made_whole(tmp_path / "target") as partial:
            (partial / "deep").mkdir(parents=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(tmp_path) == []


def test_remains_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    (tmp_path / "target.partial-999999" / "deep").mkdir(parents=True)
    (tmp_path / "target.partial-999998").touch()
    (tmp_path / "another.partial-999999").touch()
    with atomic.made_whole(tmp_path / "target") as partial:
        partial.touch()
    assert names(tmp_path) == ["another.partial-999999", "target"]


def test_a_durable_text_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(names(tmp_path)))

    atomic.write_text(tmp_path / "a", "one", durable=True)
    atomic.write_text(tmp_path / "b", "two")

    assert [len(there) for there in seen] == [1]
    assert seen[0][0].startswith("a.partial-")


def test_remains_in_all_folders_are_removed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.partial-17").write_text("half")
    (tmp_path / "a").write_text("whole")

    atomic.remove_partial(tmp_path)

    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["a", "in"]
