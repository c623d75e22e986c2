"""A course that was updated under a learner's work: renewed, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import Exercise, load
from checker.learner.update import is_outdated, update_work
from checker.learner.workspace import Workspace


class Desk:
    """An exercise that was started, its folder and its course's."""

    def __init__(self, exercise: Exercise, workspace: Workspace) -> None:
        self.exercise, self.workspace = exercise, workspace
        workspace.start(exercise)

    @property
    def mine(self) -> Path:
        return self.workspace.folder(self.exercise)

    @property
    def context(self) -> Path:
        return self.exercise.context

    def update_work(self) -> str:
        """What is told; empty where nothing is."""
        was_outdated = is_outdated(self.workspace, self.exercise)
        update = update_work(self.workspace, self.exercise)
        assert was_outdated is (update is not None)
        assert not is_outdated(self.workspace, self.exercise)
        assert update_work(self.workspace, self.exercise) is None, (
            "the second time there is nothing"
        )
        return update.told() if update is not None else ""

    def backups(self) -> dict[str, str]:
        folder = self.workspace.own(self.exercise) / "backups"
        return {
            path.relative_to(folder).as_posix().partition("/")[2]: path.read_text()
            for path in folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def desk(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Desk:
    return Desk(make_exercise(), Workspace(tmp_path / "work"))


def test_nothing_is_renewed_where_nothing_has_changed(desk: Desk) -> None:
    (desk.mine / "Dockerfile").write_text("FROM mine\n")
    (desk.mine / "list.csv").write_text("mine\n")
    (desk.mine / "nonce.txt").unlink()

    assert desk.update_work() == ""
    assert (desk.mine / "list.csv").read_text() == "mine\n"


def test_what_was_not_started_is_neither_outdated_nor_made(
    make_exercise: Callable[..., Exercise], tmp_path: Path
) -> None:
    exercise, workspace = make_exercise(), Workspace(tmp_path / "work")

    assert not is_outdated(workspace, exercise)
    assert update_work(workspace, exercise) is None
    assert not workspace.folder(exercise).exists()


def test_the_context_is_renewed_and_the_work_stays(desk: Desk) -> None:
    (desk.mine / "Dockerfile").write_text("FROM mine\n")
    (desk.mine / "notes.txt").write_text("mine too\n")
    (desk.context / "list.csv").write_text("two\n")
    (desk.context / "more").mkdir()
    (desk.context / "more" / "new.sh").write_text("true\n")
    (desk.context / "more" / "new.sh").chmod(0o755)
    (desk.context / "nonce.txt").unlink()

    told = desk.update_work()

    assert told == (
        "07-sample has changed since you started it. Renewed: list.csv, more/new.sh. "
        "Removed: nonce.txt."
    )
    assert (desk.mine / "list.csv").read_text() == "two\n"
    assert (desk.mine / "more" / "new.sh").stat().st_mode & 0o111
    assert not (desk.mine / "nonce.txt").exists()
    assert (desk.mine / "Dockerfile").read_text() == "FROM mine\n"
    assert (desk.mine / "notes.txt").read_text() == "mine too\n"
    assert desk.backups() == {}


def test_a_file_that_both_have_changed_goes_to_a_backup(desk: Desk) -> None:
    (desk.mine / "list.csv").write_text("mine\n")
    (desk.context / "list.csv").write_text("two\n")

    told = desk.update_work()

    assert "Your version of list.csv is kept in " in told
    assert desk.backups() == {"list.csv": "mine\n"}
    assert (desk.mine / "list.csv").read_text() == "two\n"


def test_a_file_that_only_the_learner_changed_or_the_course_dropped_stays(desk: Desk) -> None:
    (desk.mine / "list.csv").write_text("mine\n")
    (desk.context / "list.csv").unlink()
    (desk.context / "nonce.txt").write_text("new\n")

    assert "list.csv" not in desk.update_work()
    assert (desk.mine / "list.csv").read_text() == "mine\n"


@pytest.mark.parametrize("what", ["file", "link"])
def test_what_stands_in_the_way_of_a_new_folder_goes_to_a_backup(
    desk: Desk, tmp_path: Path, what: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if what == "file":
        (desk.mine / "data").write_text("mine\n")
    else:
        (desk.mine / "data").symlink_to(elsewhere)
    (desk.context / "data").mkdir()
    (desk.context / "data" / "cities.csv").write_text("Oslo\n")

    desk.update_work()

    assert (desk.mine / "data" / "cities.csv").read_text() == "Oslo\n"
    assert list(elsewhere.iterdir()) == []
    assert desk.backups() == ({"data": "mine\n"} if what == "file" else {})


def test_an_untouched_starter_is_renewed_and_a_changed_one_stays(desk: Desk) -> None:
    (desk.exercise.folder / "Dockerfile").write_text("FROM lab/debian\n")
    assert "Renewed: Dockerfile." in desk.update_work()
    assert (desk.mine / "Dockerfile").read_text() == "FROM lab/debian\n"

    (desk.mine / "Dockerfile").write_text("FROM mine\n")
    (desk.exercise.folder / "Dockerfile").write_text("FROM lab/go\n")
    assert "As you wrote it: Dockerfile." in desk.update_work()
    assert (desk.mine / "Dockerfile").read_text() == "FROM mine\n"
    assert desk.backups() == {}


@pytest.mark.parametrize("there", [None, "docker buildx build --mine .\n"])
def test_a_new_file_to_be_handed_in_comes_beside_the_old_work(
    desk: Desk, there: str | None
) -> None:
    (desk.mine / "Dockerfile").write_text("FROM mine\n")
    if there:
        (desk.mine / "build.cmd").write_text(there)
    toml = desk.exercise.folder / "exercise.toml"
    toml.write_text(toml.read_text().replace('["Dockerfile"]', '["Dockerfile", "build.cmd"]'))
    (desk.exercise.folder / "build.cmd").write_text("docker buildx build .\n")
    desk.exercise = load(desk.exercise.folder)

    desk.update_work()

    assert (desk.mine / "Dockerfile").read_text() == "FROM mine\n"
    assert (desk.mine / "build.cmd").read_text() == (there or "docker buildx build .\n")


def test_work_of_a_lab_that_did_not_write_down_what_it_laid_out(desk: Desk) -> None:
    (desk.workspace.own(desk.exercise) / "layout.json").unlink()
    assert desk.update_work() == "", "all is as the course has it"

    (desk.workspace.own(desk.exercise) / "layout.json").write_text("{")
    (desk.mine / "Dockerfile").write_text("FROM mine\n")
    (desk.mine / "list.csv").write_text("older, or the learner's\n")
    desk.update_work()

    assert (desk.mine / "Dockerfile").read_text() == "FROM mine\n"
    assert desk.backups() == {"list.csv": "older, or the learner's\n"}


def test_one_that_was_cut_off_is_gone_on_with(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.mine / "list.csv").write_text("mine\n")
    (desk.context / "list.csv").write_text("two\n")
    (desk.context / "nonce.txt").write_text("three\n")
    full = OSError(28, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copy", lambda *_: (_ for _ in ()).throw(full))
        with pytest.raises(OSError, match="No space"):
            update_work(desk.workspace, desk.exercise)
    assert desk.backups() == {"list.csv": "mine\n"}

    assert desk.update_work()
    assert (desk.mine / "list.csv").read_text() == "two\n"
    assert (desk.mine / "nonce.txt").read_text() == "three\n"
    assert desk.backups() == {"list.csv": "mine\n"}
