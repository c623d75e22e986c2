"""The file in the editor: written whole, and no version of it lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, UsageError, load
from checker.learner.attempts import Attempts
from checker.learner.workspace import Workspace
from checker.notebook.draft import LARGEST_BYTES, ChangedOnDiskError, Draft, Texts


@pytest.fixture
def draft(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Draft:
    return Draft(make_exercise(), Workspace(tmp_path / "work"))


def only(text: str) -> Texts:
    """The texts of an exercise that takes one file."""
    return {"Dockerfile": text}


def others(draft: Draft) -> list[str]:
    return sorted(path.name for path in draft.folder.iterdir())


def test_load_starts_the_exercise(draft: Draft) -> None:
    assert draft.load() == only("FROM lab/busybox\n")
    assert others(draft) == ["Dockerfile", "list.csv", "nonce.txt"]


def test_save_replaces_the_file_and_leaves_nothing_beside_it(draft: Draft) -> None:
    draft.load()
    draft.save(only("FROM scratch # café\n"))

    assert draft.path("Dockerfile").read_bytes() == "FROM scratch # café\n".encode()
    assert others(draft) == ["Dockerfile", "list.csv", "nonce.txt"]


def test_a_write_that_fails_leaves_the_old_file(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.load()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        draft.save(only("FROM half\n"))
    assert draft.path("Dockerfile").read_text() == "FROM lab/busybox\n"


def test_save_refuses_to_replace_what_it_has_not_loaded(draft: Draft) -> None:
    draft.load()
    draft.path("Dockerfile").write_text("FROM elsewhere\n")

    with pytest.raises(ChangedOnDiskError, match="changed outside"):
        draft.save(only("FROM here\n"))
    assert draft.path("Dockerfile").read_text() == "FROM elsewhere\n"


def test_save_of_what_is_there_already_is_no_conflict(draft: Draft) -> None:
    draft.load()
    draft.path("Dockerfile").write_text("FROM same\n")
    draft.save(only("FROM same\n"))
    draft.save(only("FROM next\n"))
    assert draft.path("Dockerfile").read_text() == "FROM next\n"


def test_save_over_keeps_the_files_version(draft: Draft) -> None:
    draft.load()
    draft.path("Dockerfile").write_text("FROM elsewhere\n")

    kept = draft.save_over(only("FROM here\n"))

    assert kept is not None
    assert (kept / "Dockerfile").read_text() == "FROM elsewhere\n"
    assert draft.path("Dockerfile").read_text() == "FROM here\n"


def test_load_over_keeps_the_editors_version(draft: Draft) -> None:
    draft.load()
    draft.path("Dockerfile").write_text("FROM elsewhere\n")

    texts, kept = draft.load_over(only("FROM here\n"))

    assert texts == only("FROM elsewhere\n")
    assert (kept / "Dockerfile").read_text() == "FROM here\n"
    draft.save(only("FROM next\n"))


def test_reset_keeps_the_text_that_was_not_saved(draft: Draft) -> None:
    draft.load()

    texts, kept = draft.reset(only("FROM unsaved\n"))

    assert texts == only("FROM lab/busybox\n")
    assert kept is not None
    assert (kept / "Dockerfile").read_text() == "FROM unsaved\n"


def test_reset_keeps_both_versions(draft: Draft) -> None:
    draft.load()
    draft.path("Dockerfile").write_text("FROM elsewhere\n")

    _, kept = draft.reset(only("FROM here\n"))

    assert kept is not None
    versions = {path.read_text() for path in kept.parent.rglob("Dockerfile")}
    assert versions == {"FROM elsewhere\n", "FROM here\n"}


def test_a_folder_that_is_gone_is_made_again(draft: Draft) -> None:
    draft.load()
    draft.folder.rename(draft.folder.with_name("away"))
    draft.save(only("FROM here\n"))
    assert draft.path("Dockerfile").read_text() == "FROM here\n"
    assert "list.csv" in others(draft)


def test_a_link_is_neither_followed_nor_replaced(draft: Draft, tmp_path: Path) -> None:
    draft.load()
    draft.path("Dockerfile").unlink()
    draft.path("Dockerfile").symlink_to(tmp_path / "private")
    with pytest.raises(UsageError, match="not a regular file"):
        draft.save(only("FROM here\n"))
    assert draft.path("Dockerfile").is_symlink()


def test_what_is_no_text_is_not_loaded(draft: Draft) -> None:
    draft.load()
    draft.path("Dockerfile").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        draft.load()


class Several:
    """The texts of an exercise that takes two files."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def on_disk(self) -> Texts:
        return {name: self.draft.path(name).read_text() for name in self.draft.names}


@pytest.fixture
def several(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Several:
    folder = make_exercise().folder
    toml = (folder / "exercise.toml").read_text()
    (folder / "exercise.toml").write_text(
        toml.replace('["Dockerfile"]', '["Dockerfile", "build.cmd"]')
    )
    (folder / "build.cmd").write_text("docker buildx build .\n")
    several = Several(Draft(load(folder), Workspace(tmp_path / "work")))
    several.draft.load()
    return several


def test_several_files_are_loaded_and_saved_together(several: Several) -> None:
    mine = {"Dockerfile": "FROM mine\n", "build.cmd": "docker buildx build --pull .\n"}

    assert list(several.draft.load()) == ["Dockerfile", "build.cmd"]
    several.draft.save(mine)

    assert several.on_disk() == mine


def test_of_several_files_none_is_written_where_one_was_changed(several: Several) -> None:
    mine = {"Dockerfile": "FROM mine\n", "build.cmd": "mine\n"}
    several.draft.path("build.cmd").write_text("elsewhere\n")

    with pytest.raises(ChangedOnDiskError, match=r"build\.cmd was changed outside"):
        several.draft.save(mine)
    assert several.on_disk() == {"Dockerfile": "FROM lab/busybox\n", "build.cmd": "elsewhere\n"}

    kept = several.draft.save_over(mine)
    assert kept is not None
    assert (kept / "build.cmd").read_text() == "elsewhere\n"
    assert several.on_disk() == mine


def test_a_file_that_is_missing_is_empty_and_not_made_to_be(several: Several) -> None:
    several.draft.path("build.cmd").unlink()

    texts = several.draft.load()
    several.draft.save(texts)

    assert texts["build.cmd"] == ""
    assert not several.draft.path("build.cmd").exists()


def test_a_new_version_is_renewed_before_it_is_loaded(draft: Draft) -> None:
    draft.load()
    draft.save(only("FROM mine\n"))
    attempts = Attempts(Workspace(draft.folder.parent))
    assert attempts.update(draft.exercise) == ""
    (draft.exercise.context / "list.csv").write_text("two\n")

    assert "Renewed: list.csv." in attempts.update(draft.exercise)
    assert draft.load() == only("FROM mine\n")


def test_the_other_text_files_are_shown_as_they_are(draft: Draft) -> None:
    draft.load()
    name = next(iter(draft.others()))
    assert name not in draft.names
    assert draft.others()[name] == draft.path(name).read_text()
    draft.path(name).write_bytes(b"\xff\xfe")
    assert name not in draft.others()
    draft.path(name).write_text("x" * (LARGEST_BYTES + 1))
    assert name not in draft.others()
    draft.path(name).unlink()
    assert name not in draft.others()
