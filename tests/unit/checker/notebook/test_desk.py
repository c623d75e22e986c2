"""The editor's buttons, with a grader that is told what to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checker import CheckResult, Exercise, ExerciseError, Grade, Status, Verdict
from checker.grading.submission import Submission
from checker.learner.attempts import Attempts
from checker.learner.workspace import Workspace
from checker.notebook.desk import Desk, Shown
from checker.notebook.draft import Draft, Texts
from checker.workbench.grading_run import GradingRun
from sandbox import CancelToken, EngineError

HINTS = "# Hints\n\n## Look\n\nAt one thing.\n\n## Look again\n\nAt another.\n"


def only(text: str) -> Texts:
    """The texts of an exercise that takes one file."""
    return {"Dockerfile": text}


@dataclass
class FakeScreen:
    shown: list[Shown] = field(default_factory=list)
    texts: list[Texts] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    are_last: list[bool] = field(default_factory=list)

    def tell(self, title: str, text: str, *, is_last: bool = False) -> None:
        self.told.append((title, text))
        self.are_last.append(is_last)

    def show(self, shown: Shown) -> None:
        self.shown.append(shown)

    def load(self, texts: Texts) -> None:
        self.texts.append(texts)

    @property
    def phases(self) -> list[str]:
        return [shown.phase for shown in self.shown]


@dataclass
class FakeGrader:
    verdict: Verdict = Verdict.FAILED
    error: Exception | None = None
    graded: list[str] = field(default_factory=list)

    def __call__(
        self,
        exercise: Exercise,
        submission: Submission,
        run: GradingRun,
        *,
        tell: Callable[[str], None],
        cancel_token: CancelToken | None,
        in_clone: bool,
    ) -> Grade:
        assert cancel_token is not None
        assert not in_clone, "the learner's own work"
        run.progress("building the default target")
        cancel_token.raise_if_cancelled()
        run.progress("running the image")
        if self.error is not None:
            raise self.error
        self.graded.append(submission.files["Dockerfile"].decode())
        passed = self.verdict is Verdict.PASSED
        status = Status.PASSED if passed else Status.FAILED
        points, said = (10 if passed else 0), "<b>ran</b> 0.0 s together"
        check = CheckResult("builds", "builds", "It builds", status, points, 10, said)
        return Grade(exercise.slug, exercise.title, self.verdict, 1.0, (check,))


@dataclass
class Table:
    desk: Desk
    draft: Draft
    screen: FakeScreen
    grader: FakeGrader
    workspace: Workspace
    waiting: list[Callable[[], None]]
    went_on: list[bool]

    def finish(self) -> None:
        while self.waiting:
            self.waiting.pop()()


@pytest.fixture
def table(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Table:
    exercise, workspace = make_exercise(), Workspace(tmp_path / "work")
    (exercise.folder / "hints.md").write_text(HINTS)
    draft, screen, grader = Draft(exercise, workspace), FakeScreen(), FakeGrader()
    waiting: list[Callable[[], None]] = []
    went_on: list[bool] = []
    desk = Desk(
        draft,
        Attempts(workspace, grader),
        screen,
        background=waiting.append,
        go_on=lambda: went_on.append(True),
    )
    draft.load()
    return Table(desk, draft, screen, grader, workspace, waiting, went_on)


def test_check_saves_grades_and_remembers(table: Table) -> None:
    table.desk.act("check", only("FROM mine\n"))
    assert table.screen.phases == ["busy"]
    assert table.grader.graded == []

    table.finish()

    assert table.grader.graded == ["FROM mine\n"]
    assert table.screen.phases == ["busy", "busy", "busy", "failed"]
    assert table.screen.shown[1].headline == "Checking … building the default target"
    last = table.screen.shown[-1]
    assert last.headline == "failed: 0 of 10 points, 1.0 s"
    assert last.report.startswith("FAILED ")
    assert last.report.splitlines()[-1].startswith("next: ")
    assert "<b>ran</b> 0.0 s together" in last.report
    assert last.picture is None
    (attempt,) = table.workspace.attempts(table.draft.exercise)
    assert attempt.verdict is Verdict.FAILED


def test_an_unchanged_starter_is_graded_and_no_attempt(table: Table) -> None:
    table.desk.act("check", only("FROM lab/busybox\n"))
    table.finish()
    assert table.screen.phases[-1] == "failed"
    assert table.workspace.attempts(table.draft.exercise) == ()


def test_a_folder_that_goes_away_meanwhile_is_told(table: Table) -> None:
    table.desk.act("check", only("FROM mine\n"))
    table.draft.folder.rename(table.workspace.root / "away")
    table.finish()
    assert table.screen.phases[-1] == "error"
    assert "next: " in table.screen.shown[-1].report


def test_a_pass_is_shown_as_one(table: Table) -> None:
    table.grader.verdict = Verdict.PASSED
    table.desk.act("check", only("FROM mine\n"))
    table.finish()
    assert table.screen.phases[-1] == "passed"


def test_after_a_pass_two_buttons_lead_on(table: Table) -> None:
    solution = table.draft.exercise.folder / "solution"
    solution.mkdir(exist_ok=True)
    (solution / "Dockerfile").write_text("FROM better\n")
    (solution / "NOTES.md").write_text("# Why\n")
    table.desk.act("solution", only("FROM mine\n"))
    assert table.screen.told[-1][0] == "No attempt yet"
    table.grader.verdict = Verdict.PASSED
    table.desk.act("check", only("FROM mine\n"))
    table.finish()
    assert "Solution shows" in table.screen.shown[-1].report.splitlines()[-1]
    table.desk.act("solution", only("FROM mine\n"))
    assert table.screen.told[-1][1] == ("**Dockerfile**\n\n~~~~\nFROM better\n~~~~\n\n# Why")
    table.desk.act("next", only("FROM mine\n"))
    assert table.went_on == [True]


def test_nothing_else_is_done_meanwhile(table: Table) -> None:
    table.desk.act("check", only("FROM mine\n"))
    for action in ("check", "hint", "reset", "reset"):
        table.desk.act(action, only("FROM other\n"))
    table.finish()
    assert table.grader.graded == ["FROM mine\n"]
    assert table.screen.texts == []

    table.desk.act("check", only("FROM other\n"))
    table.finish()
    assert table.grader.graded == ["FROM mine\n", "FROM other\n"]


@pytest.mark.parametrize(
    "error",
    [
        EngineError("The engine is gone.", next_step="run `sandbox up`"),
        ExerciseError("It is wrong.", next_step="mend it"),
        OSError(28, "No space left on device"),
        RuntimeError("what nobody thought of"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_has_a_next_step_and_the_button_comes_back(table: Table, error: Exception) -> None:
    table.grader.error = error
    table.desk.act("check", only("FROM mine\n"))
    table.finish()
    last = table.screen.shown[-1]
    assert last.phase == "error"
    assert last.headline
    assert "next: " in last.report

    table.grader.error = None
    table.desk.act("check", only("FROM mine\n"))
    table.finish()
    assert table.screen.phases[-1] == "failed"


def test_a_file_that_changed_is_not_graded_before_the_learner_chose(table: Table) -> None:
    table.draft.path("Dockerfile").write_text("FROM elsewhere\n")
    table.desk.act("check", only("FROM here\n"))
    assert table.screen.phases == ["conflict"]
    assert table.waiting == []

    table.desk.act("keep-mine", only("FROM here\n"))
    assert "backups" in table.screen.shown[-1].report
    table.desk.act("check", only("FROM here\n"))
    table.finish()
    assert table.grader.graded == ["FROM here\n"]


def test_the_files_version_can_be_taken(table: Table) -> None:
    table.draft.path("Dockerfile").write_text("FROM elsewhere\n")
    table.desk.act("check", only("FROM here\n"))
    table.desk.act("take-file", only("FROM here\n"))
    assert table.screen.texts == [only("FROM elsewhere\n")]


def test_reset_asks_by_a_second_press(table: Table) -> None:
    table.desk.act("reset", only("FROM mine\n"))
    assert table.screen.phases == ["armed"]
    assert table.screen.texts == []
    table.desk.act("hint", only("FROM mine\n"))  # anything else takes it back
    table.desk.act("reset", only("FROM mine\n"))
    assert table.screen.texts == []

    table.desk.act("reset", only("FROM mine\n"))

    assert table.screen.texts == [only("FROM lab/busybox\n")]
    assert "backups" in table.screen.shown[-1].report


def test_hints_come_one_by_one_and_stay(table: Table) -> None:
    for _ in range(3):
        table.desk.act("hint", only(""))
    titles = [title for title, _ in table.screen.told]
    assert titles == ["Hint 1 of 2", "Hint 2 of 2", "Hint 2 of 2"]
    assert table.screen.are_last == [False, True, True]
    assert "At another" not in table.screen.told[0][1]
    assert "At one thing" in table.screen.told[1][1]
    assert "##" not in table.screen.told[1][1]
    assert table.screen.shown == [], "the verdict stays"
    assert table.workspace.hints_shown(table.draft.exercise) == 2


def test_an_attempt_that_cannot_be_kept_is_no_less_a_verdict(table: Table) -> None:
    own = table.workspace.root / ".checker" / table.draft.exercise.slug
    (own / "attempts.jsonl").mkdir()
    table.desk.act("check", only("FROM mine\n"))
    table.finish()
    assert table.screen.phases[-1] == "failed"
    assert "could not be remembered" in table.screen.shown[-1].report


def test_an_unknown_action_does_nothing(table: Table) -> None:
    table.desk.act("format", only(""))
    assert table.screen.shown == []


def test_a_check_can_be_cancelled_and_another_one_made(table: Table) -> None:
    table.desk.act("check", only("FROM mine\n"))
    table.desk.act("cancel", only("FROM mine\n"))
    table.finish()

    assert table.screen.shown[1].headline == "Cancelling …"
    last = table.screen.shown[-1]
    assert (last.phase, last.headline) == ("idle", "Cancelled; nothing was left behind.")
    assert not any("running" in shown.headline for shown in table.screen.shown)
    assert table.grader.graded == []
    assert table.workspace.attempts(table.draft.exercise) == ()

    table.desk.act("check", only("FROM mine\n"))
    table.finish()
    assert table.screen.phases[-1] == "failed"


def test_there_is_nothing_to_cancel_before_a_check(table: Table) -> None:
    table.desk.act("cancel", only(""))
    assert table.screen.shown == []
