"""The file in the editor: written whole, and no version of it lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, UsageError
from checker.notebook.draft import ChangedOnDiskError, Draft
from checker.workspace import Workspace


@pytest.fixture
def draft(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Draft:
    return Draft(make_exercise(), Workspace(tmp_path / "work"))


def others(draft: Draft) -> list[str]:
    return sorted(path.name for path in draft.path.parent.iterdir())


def test_load_starts_the_exercise(draft: Draft) -> None:
    assert draft.load() == "FROM lab/busybox\n"
    assert others(draft) == ["Dockerfile", "list.csv", "nonce.txt"]


def test_save_replaces_the_file_and_leaves_nothing_beside_it(draft: Draft) -> None:
    draft.load()
    draft.save("FROM scratch # café\n")

    assert draft.path.read_bytes() == "FROM scratch # café\n".encode()
    assert others(draft) == ["Dockerfile", "list.csv", "nonce.txt"]


def test_a_write_that_fails_leaves_the_old_file(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.load()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        draft.save("FROM half\n")
    assert draft.path.read_text() == "FROM lab/busybox\n"


def test_save_refuses_to_replace_what_it_has_not_loaded(draft: Draft) -> None:
    draft.load()
    draft.path.write_text("FROM elsewhere\n")

    with pytest.raises(ChangedOnDiskError, match="changed outside"):
        draft.save("FROM here\n")
    assert draft.path.read_text() == "FROM elsewhere\n"


def test_save_of_what_is_there_already_is_no_conflict(draft: Draft) -> None:
    draft.load()
    draft.path.write_text("FROM same\n")
    draft.save("FROM same\n")
    draft.save("FROM next\n")
    assert draft.path.read_text() == "FROM next\n"


def test_save_over_keeps_the_files_version(draft: Draft) -> None:
    draft.load()
    draft.path.write_text("FROM elsewhere\n")

    kept = draft.save_over("FROM here\n")

    assert kept is not None
    assert kept.read_text() == "FROM elsewhere\n"
    assert draft.path.read_text() == "FROM here\n"


def test_load_over_keeps_the_editors_version(draft: Draft) -> None:
    draft.load()
    draft.path.write_text("FROM elsewhere\n")

    text, kept = draft.load_over("FROM here\n")

    assert text == "FROM elsewhere\n"
    assert kept.read_text() == "FROM here\n"
    draft.save("FROM next\n")


def test_reset_keeps_the_text_that_was_not_saved(draft: Draft) -> None:
    draft.load()

    text, kept = draft.reset("FROM unsaved\n")

    assert text == "FROM lab/busybox\n"
    assert kept is not None
    assert (kept / "Dockerfile").read_text() == "FROM unsaved\n"


def test_reset_keeps_both_versions(draft: Draft) -> None:
    draft.load()
    draft.path.write_text("FROM elsewhere\n")

    _, kept = draft.reset("FROM here\n")

    assert kept is not None
    versions = {path.read_text() for path in kept.parent.rglob("Dockerfile")}
    assert versions == {"FROM elsewhere\n", "FROM here\n"}


def test_a_folder_that_is_gone_is_made_again(draft: Draft) -> None:
    draft.load()
    draft.path.parent.rename(draft.path.parent.with_name("away"))
    draft.save("FROM here\n")
    assert draft.path.read_text() == "FROM here\n"
    assert "list.csv" in others(draft)


def test_a_link_is_neither_followed_nor_replaced(draft: Draft, tmp_path: Path) -> None:
    draft.load()
    draft.path.unlink()
    draft.path.symlink_to(tmp_path / "private")
    with pytest.raises(UsageError, match="not a regular file"):
        draft.save("FROM here\n")
    assert draft.path.is_symlink()


def test_what_is_no_text_is_not_loaded(draft: Draft) -> None:
    draft.load()
    draft.path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        draft.load()
