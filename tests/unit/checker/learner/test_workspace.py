"""The learner's folder: nothing in it is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.learner.workspace import Workspace


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise]) -> Exercise:
    return make_exercise()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


def graded(verdict: Verdict, points: int = 0) -> Grade:
    check = CheckResult("builds", "builds", "It builds", Status.PASSED, points, 10, "")
    return Grade("07-sample", "T", verdict, 1.0, (check,))


def test_start_lays_out_context_and_starter(exercise: Exercise, workspace: Workspace) -> None:
    assert workspace.start(exercise)

    files = sorted(path.name for path in workspace.folder(exercise).iterdir())
    assert files == ["Dockerfile", "list.csv", "nonce.txt"]
    assert [p.name for p in (workspace.root / ".checker" / exercise.slug).iterdir()] == [
        "layout.json"
    ]


def test_start_leaves_work_as_it_is(exercise: Exercise, workspace: Workspace) -> None:
    workspace.start(exercise)
    mine = workspace.folder(exercise) / "Dockerfile"
    mine.write_text("FROM mine\n")

    assert not workspace.start(exercise)
    assert mine.read_text() == "FROM mine\n"


def test_reset_keeps_every_version(exercise: Exercise, workspace: Workspace) -> None:
    workspace.start(exercise)
    kept = []
    for content in ("one\n", "two\n"):
        (workspace.folder(exercise) / "Dockerfile").write_text(content)
        kept.append(workspace.reset(exercise))

    assert [(folder / "Dockerfile").read_text() for folder in kept if folder] == ["one\n", "two\n"]
    assert (workspace.folder(exercise) / "Dockerfile").read_text() == "FROM lab/busybox\n"


def test_reset_of_nothing_starts(exercise: Exercise, workspace: Workspace) -> None:
    assert workspace.reset(exercise) is None
    assert workspace.folder(exercise).is_dir()


def test_attempts_are_kept_in_order_and_faults_are_none(
    exercise: Exercise, workspace: Workspace
) -> None:
    workspace.record(exercise, graded(Verdict.FAILED, 3))
    workspace.record(exercise, graded(Verdict.INFRASTRUCTURE))
    workspace.record(exercise, graded(Verdict.PASSED, 10))

    attempts = workspace.attempts(exercise)
    assert [(a.verdict, a.points) for a in attempts] == [
        (Verdict.FAILED, 3),
        (Verdict.PASSED, 10),
    ]
    assert attempts[0].at.tzinfo is not None


def test_a_line_cut_off_by_a_crash_is_passed_over(exercise: Exercise, workspace: Workspace) -> None:
    workspace.record(exercise, graded(Verdict.FAILED))
    with (workspace.root / ".checker" / exercise.slug / "attempts.jsonl").open("a") as file:
        file.write('{"at": "2026-')

    assert len(workspace.attempts(exercise)) == 1


def test_hints_shown_are_remembered(exercise: Exercise, workspace: Workspace) -> None:
    assert workspace.hints_shown(exercise) == 0
    workspace.show_hints(exercise, 2)
    assert workspace.hints_shown(exercise) == 2


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("work/07-sample", True),
        ("work/07-sample/Dockerfile", True),
        ("work/../work/07-sample/older.Dockerfile", True),
        ("work/08-other", False),
        ("work/08-other/Dockerfile", False),
        ("work", False),
        ("exercises/07-sample", False),
    ],
)
def test_only_an_exercise_s_own_folder_is_work_on_it(
    exercise: Exercise, workspace: Workspace, path: str, held: bool
) -> None:
    assert workspace.holds(exercise, workspace.root.parent / path) is held


def test_the_environment_says_where_work_is(tmp_path: Path) -> None:
    exercises = tmp_path / "exercises"

    assert Workspace.of_course(exercises, {}).root == tmp_path / "work"
    elsewhere = {"BUILDKIT_LAB_WORK": str(tmp_path / "mine")}
    assert Workspace.of_course(exercises, elsewhere).root == tmp_path / "mine"
