"""Who hears what while a path is graded, what counts, and where a batch ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker import Exercise, ExerciseError, Grade, UsageError, Verdict
from checker.checks import KINDS, WARM
from checker.grading import engine
from checker.grading.submission import Submission
from checker.learner.attempts import Attempts
from checker.learner.class_work import find_work
from checker.learner.isolation import Isolation
from checker.learner.workspace import Workspace
from checker.listeners import Listeners
from sandbox import CancelToken

QUIET = Listeners(lambda _: None, lambda _: None)


class FakeGrader:
    """Gives every submission the same verdict; remembers what was handed in."""

    def __init__(self, verdict: Verdict = Verdict.FAILED) -> None:
        self.verdict = verdict
        self.taken: list[bytes] = []

    def __call__(self, exercise: Exercise, submission: Submission, *_: Any, **__: Any) -> Grade:
        self.taken.append(submission.files["Dockerfile"])
        return Grade(exercise.slug, exercise.title, self.verdict, 1.0, ())


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


@pytest.fixture
def exercise(make_exercise: Callable[..., Exercise], workspace: Workspace) -> Exercise:
    """An exercise that was started."""
    exercise = make_exercise()
    workspace.start(exercise)
    return exercise


def test_what_the_sandbox_tells_is_kept_apart_from_the_steps_of_a_grading(
    exercise: Exercise, workspace: Workspace, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetching(*, tell: Callable[[str], None], cancel_token: CancelToken | None) -> Any:
        tell("fetching lab/busybox")
        return make.builder(lambda ask: make.build())

    monkeypatch.setattr(engine, "Sandbox", fetching)
    steps, told = list[str](), list[str]()
    listeners = Listeners(grading=steps.append, sandbox=told.append)

    Attempts(workspace, isolation=Isolation.NEVER).grade(exercise, exercise.folder, listeners)

    assert told == ["fetching lab/busybox"]
    assert "building the default target" in steps


@pytest.mark.parametrize(("kind", "is_reused"), [("builds", True), ("cold", False)])
def test_the_builders_cache_is_reused_only_where_every_check_allows_it(
    exercise: Exercise,
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    is_reused: bool,
) -> None:
    builder = make.builder(lambda ask: make.build())
    monkeypatch.setattr(engine, "Sandbox", lambda **_: builder)
    exercise = replace(exercise, checks=tuple(replace(one, kind=kind) for one in exercise.checks))

    attempts = Attempts(Workspace(exercise.folder.parent))
    attempts.grade(exercise, exercise.folder, QUIET, use_cache=True)

    assert ("--no-cache" not in builder.asks[0].argv) is is_reused


def test_kinds_that_may_reuse_the_cache_exist() -> None:
    assert set(KINDS) >= WARM


@pytest.mark.parametrize(
    ("content", "counts"),
    [("FROM lab/busybox\r\n\n", False), ("FROM mine\n", True), ("", True), (None, True)],
)
def test_only_changed_work_counts_and_what_cannot_be_graded_does(
    exercise: Exercise, workspace: Workspace, content: str | None, counts: bool
) -> None:
    attempts, mine = Attempts(workspace, FakeGrader()), workspace.folder(exercise)
    if content is None:
        (mine / "Dockerfile").unlink()
    else:
        (mine / "Dockerfile").write_text(content, newline="")

    graded = attempts.grade(exercise, mine, QUIET)

    assert (graded.counts, attempts.is_untouched(exercise)) == (counts, not counts)
    assert graded.grade.verdict is (Verdict.FAILED if content else Verdict.INVALID_SUBMISSION)
    assert attempts.record(graded) == ""
    assert len(workspace.attempts(exercise)) == counts


def test_another_ones_work_is_graded_and_never_counts(
    exercise: Exercise, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM ada\n")
    attempts = Attempts(workspace, FakeGrader(Verdict.PASSED))

    graded = attempts.grade(exercise, tmp_path, QUIET)

    assert graded.grade.passed
    assert attempts.record(graded) == ""
    assert workspace.attempts(exercise) == ()


def test_nothing_at_a_path_is_a_usage_error(exercise: Exercise, workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        Attempts(workspace, FakeGrader()).grade(exercise, workspace.root / "elsewhere", QUIET)


def test_the_work_is_read_before_the_grading_and_once(
    exercise: Exercise, workspace: Workspace
) -> None:
    mine = workspace.folder(exercise) / "Dockerfile"
    mine.write_text("FROM first\n")

    def goes_on(one: Exercise, submission: Submission, *_: Any, **__: Any) -> Grade:
        mine.write_text("FROM lab/busybox\n")
        assert submission.files == {"Dockerfile": b"FROM first\n"}
        return Grade(one.slug, one.title, Verdict.FAILED, 1.0, ())

    assert Attempts(workspace, goes_on).grade(exercise, mine.parent, QUIET).counts


def test_what_cannot_be_kept_is_told_and_ends_nothing(
    exercise: Exercise, workspace: Workspace
) -> None:
    attempts, own = Attempts(workspace, FakeGrader()), workspace.own(exercise)
    (workspace.folder(exercise) / "Dockerfile").write_text("FROM mine\n")
    (exercise.folder / "hints.md").write_text("## 1\n\nfirst\n")
    (own / "attempts.jsonl").mkdir()
    (own / "hints").mkdir()

    graded = attempts.grade(exercise, workspace.folder(exercise), QUIET)
    told = attempts.record(graded), attempts.record(graded, "The attempt at 07")
    hints = attempts.record_hints(exercise, attempts.next_hints(exercise))

    assert told[0].startswith("This attempt could not be remembered. This machine refused: ")
    assert told[1].startswith("The attempt at 07 could not be remembered. ")
    assert hints.startswith("Which hints you have seen could not be remembered. ")
    assert all("BUILDKIT_LAB_WORK" in text.splitlines()[-1] for text in (*told, hints))


def test_hints_come_one_by_one_once_they_are_recorded(
    exercise: Exercise, workspace: Workspace
) -> None:
    attempts = Attempts(workspace)
    with pytest.raises(ExerciseError, match=r"hints\.md could not be read"):
        attempts.next_hints(exercise)
    (exercise.folder / "hints.md").write_text("# Hints\n")
    with pytest.raises(ExerciseError, match="holds no hint"):
        attempts.next_hints(exercise)
    (exercise.folder / "hints.md").write_text("## 1\n\nfirst\n\n## 2\n\nsecond\n")

    seen = []
    for _ in range(3):
        hints = attempts.next_hints(exercise)
        seen.append((len(hints.shown), hints.left))
        attempts.record_hints(exercise, hints)

    assert seen == [(1, 1), (2, 0), (2, 0)]


def test_a_new_version_is_told_once(exercise: Exercise, workspace: Workspace) -> None:
    attempts = Attempts(workspace)
    (exercise.context / "list.csv").write_text("two\n")

    assert "Renewed: list.csv." in attempts.update(exercise)
    assert attempts.update(exercise) == ""


@pytest.mark.parametrize(
    ("verdict", "count"), [(Verdict.FAILED, 3), (Verdict.PASSED, 3), (Verdict.INFRASTRUCTURE, 2)]
)
def test_a_second_fault_of_the_sandbox_ends_it_and_nothing_else(
    make_exercise: Callable[..., Exercise], workspace: Workspace, verdict: Verdict, count: int
) -> None:
    one, *_ = (make_exercise(slug=slug) for slug in ("07-one", "08-two", "09-three"))
    exercises, steps = one.folder.parent, list[str]()
    attempts = Attempts(workspace, FakeGrader(verdict))
    listeners = Listeners(grading=steps.append, sandbox=steps.append)

    graded = list(attempts.grade_each(find_work(exercises, exercises), listeners))

    slugs = ["07-one", "08-two", "09-three"][:count]
    assert [one.grade.exercise for one in graded] == slugs
    assert steps == slugs


def test_faults_of_the_sandbox_that_do_not_follow_each_other_end_nothing(
    make_exercise: Callable[..., Exercise], workspace: Workspace
) -> None:
    one, *_ = (make_exercise(slug=slug) for slug in ("07-one", "08-two", "09-three"))
    verdicts = iter([Verdict.INFRASTRUCTURE, Verdict.FAILED, Verdict.INFRASTRUCTURE])

    def grader(exercise: Exercise, *_: Any, **__: Any) -> Grade:
        return Grade(exercise.slug, exercise.title, next(verdicts), 1.0, ())

    work = find_work(one.folder.parent, one.folder.parent)

    assert len(list(Attempts(workspace, grader).grade_each(work, QUIET))) == 3
