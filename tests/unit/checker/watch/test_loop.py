"""The loop of ``checker watch``, with a grader that waits until the test lets it go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checker import CheckResult, Exercise, Grade, Status, Verdict
from checker.grading.submission import Submission
from checker.learner.attempts import Attempts
from checker.learner.workspace import Workspace
from checker.watch.loop import POLL_S, Watch, run
from checker.workbench.grading_run import GradingRun
from sandbox import CancelToken, EngineError

PATIENCE_S = 30.0


@dataclass
class FakeScreen:
    said: list[str] = field(default_factory=list)

    def open(self, exercise: Exercise, folder: Path) -> None:
        self.said.append(f"open {exercise.slug}")

    def saved(self) -> None:
        self.said.append("saved")

    def doing(self, text: str) -> None:
        self.said.append("doing")

    def graded(self, grade: Grade, following: Exercise | None) -> None:
        after = following.slug if following is not None else "nothing"
        self.said.append(f"{grade.verdict}, then {after}")

    def whole(self, grade: Grade) -> None:
        self.said.append(f"whole {grade.verdict}")

    def tell(self, text: str) -> None:
        self.said.append(text)

    def rest(self) -> None:
        self.said.append("rest")

    def close(self) -> None:
        self.said.append("close")

    def count(self, what: str) -> int:
        return self.said.count(what)


class FakeGrader:
    """Passes a file that says so; each grading waits until ``go_on`` is set, or it is stopped."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.error: Exception | None = None

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
        text = submission.files["Dockerfile"].decode().strip()
        self.begun.append(text)
        woken = threading.Event()
        try:
            with cancel_token.on_cancel(woken.set):
                while not self.go_on.is_set() and not woken.wait(0.002):
                    pass
        except BaseException:
            self.stopped.append(text)
            raise
        if self.error is not None:
            raise self.error
        passed = "right" in text
        verdict = Verdict.PASSED if passed else Verdict.FAILED
        status = Status.PASSED if passed else Status.FAILED
        points = 10 if passed else 0
        check = CheckResult("builds", "builds", "It builds", status, points, 10, "it was measured")
        return Grade(exercise.slug, exercise.title, verdict, 1.0, (check,))


class Room:
    """A watch of the first of two exercises."""

    def __init__(
        self, exercises: list[Exercise], workspace: Workspace, *, goes_on: bool = False
    ) -> None:
        self.first, self.second = exercises
        self.workspace, self.screen, self.grader = workspace, FakeScreen(), FakeGrader()
        self._goes_on = goes_on
        self.watch = self.open()

    def open(self) -> Watch:
        return Watch(
            self.first,
            Attempts(self.workspace, self.grader),
            self.screen,
            find_next=lambda slug: self.second if slug == self.first.slug else None,
            goes_on=self._goes_on,
        )

    @property
    def mine(self) -> Path:
        return self.workspace.folder(self.first) / "Dockerfile"

    def until(self, true: Callable[[], object], key: str | None = None) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < deadline, self.screen.said
            assert self.watch.step(key)
            key = None
            time.sleep(0.002)

    def verdicts(self) -> list[Verdict]:
        return [attempt.verdict for attempt in self.workspace.attempts(self.first)]


@pytest.fixture
def room(make_exercise: Callable[..., Exercise], tmp_path: Path) -> Room:
    return Room([make_exercise(), make_exercise(slug="08-other")], Workspace(tmp_path / "work"))


WAITING = "Waiting for your first save; g grades the starter as it is."


def test_a_starter_waits_and_work_is_graded_at_once(room: Room) -> None:
    assert room.screen.said == ["open 07-sample", WAITING, "rest"]

    room.mine.write_text("FROM wrong\n")
    room.watch = room.open()
    room.until(lambda: "failed, then nothing" in room.screen.said)
    assert room.verdicts() == [Verdict.FAILED]


def test_a_save_is_acknowledged_before_anything_is_graded(room: Room) -> None:
    assert POLL_S <= 0.1, "a look in time, with as much left to show it"
    room.grader.go_on.clear()
    room.mine.write_text("FROM wrong\n")

    room.watch.step(None)

    assert room.screen.said[-1] == "saved"
    assert room.grader.begun == []
    room.grader.go_on.set()
    room.until(lambda: "failed, then nothing" in room.screen.said)


def test_a_newer_save_is_acknowledged_at_once_and_ends_the_running_grading(room: Room) -> None:
    room.grader.go_on.clear()
    room.mine.write_text("FROM wrong\n")
    room.until(lambda: room.grader.begun)
    room.mine.write_text("FROM right\n")

    room.watch.step(None)

    assert room.screen.count("saved") == 2
    room.grader.go_on.set()
    room.until(lambda: "passed, then 08-other" in room.screen.said)
    assert room.grader.stopped == ["FROM wrong"]
    assert room.verdicts() == [Verdict.PASSED]
    assert not any("failed" in said for said in room.screen.said)


def test_what_was_over_just_before_the_newer_save_does_not_count(room: Room) -> None:
    room.mine.write_text("FROM wrong\n")
    room.until(lambda: room.grader.begun)
    deadline = time.monotonic() + PATIENCE_S
    while any(thread.name == "checker" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
    room.mine.write_text("FROM right\n")
    room.until(lambda: "passed, then 08-other" in room.screen.said)

    assert room.verdicts() == [Verdict.PASSED]


def test_any_other_key_shows_which_there_are(room: Room) -> None:
    room.until(lambda: room.screen.said == ["open 07-sample", WAITING, "rest", "rest"], key="x")


def test_a_pass_leads_on_by_a_key(room: Room) -> None:
    room.until(lambda: True)
    room.watch.step("n")
    assert "once the exercise is passed" in room.screen.said[-1]
    room.mine.write_text("FROM right\n")
    room.until(lambda: "passed, then 08-other" in room.screen.said)

    room.watch.step("n")

    assert "open 08-other" in room.screen.said
    assert (room.workspace.folder(room.second) / "Dockerfile").is_file()


def test_without_keys_a_pass_leads_on_by_itself(
    make_exercise: Callable[..., Exercise], tmp_path: Path
) -> None:
    exercises = [make_exercise(), make_exercise(slug="08-other")]
    room = Room(exercises, Workspace(tmp_path / "work"), goes_on=True)
    room.mine.write_text("FROM right\n")

    room.until(lambda: "open 08-other" in room.screen.said)
    assert "passed, then 08-other" in room.screen.said


def test_hints_come_one_by_one(room: Room) -> None:
    (room.first.folder / "hints.md").write_text("## 1. Look\n\nhere\n\n## 2. Then\n\nthere\n")
    for _ in range(3):
        room.watch.step("h")

    assert room.screen.said[-3:] == [
        "Hint 1 of 2\n1. Look\n\nhere",
        "Hint 2 of 2\n2. Then\n\nthere",
        "Hint 2 of 2\n2. Then\n\nthere",
    ]
    assert room.workspace.hints_shown(room.first) == 2


def test_hints_that_are_missing_end_nothing(room: Room) -> None:
    assert room.watch.step("h")

    assert "hints.md could not be read" in room.screen.said[-1]


def test_keys_grade_again_show_all_and_end(room: Room) -> None:
    room.watch.step("a")
    assert "Nothing has been graded yet" in room.screen.said[-1]
    room.until(lambda: "failed, then nothing" in room.screen.said, key="g")
    room.watch.step("a")

    assert room.screen.said[-1] == "whole failed"
    assert room.verdicts() == [], "an unchanged starter is no attempt"
    assert not room.watch.step("q")


def test_a_folder_that_is_gone_and_an_engine_that_fails_are_told_and_it_goes_on(room: Room) -> None:
    away = room.mine.parent.rename(room.mine.parent.with_name("away"))
    room.until(lambda: "There is nothing at" in "".join(room.screen.said))
    away.rename(room.mine.parent)
    room.grader.error = EngineError("The engine is gone.", next_step="run `sandbox up`")
    room.mine.write_text("FROM wrong\n")
    room.until(lambda: "The engine is gone." in "".join(room.screen.said))

    room.grader.error = None
    room.mine.write_text("FROM right\n")
    room.until(lambda: "passed, then 08-other" in room.screen.said)


def test_a_new_version_of_the_exercise_is_told_and_the_work_stays(room: Room) -> None:
    room.mine.write_text("FROM wrong\n")
    (room.first.context / "list.csv").write_text("two\n")
    room.watch = room.open()

    assert "07-sample has changed since you started it. Renewed: list.csv." in room.screen.said
    assert room.mine.read_text() == "FROM wrong\n"


def test_an_attempt_that_cannot_be_kept_is_no_less_a_verdict(room: Room) -> None:
    (room.workspace.own(room.first) / "attempts.jsonl").mkdir()
    room.mine.write_text("FROM right\n")

    room.until(lambda: "could not be remembered" in "".join(room.screen.said))
    assert "passed, then 08-other" in room.screen.said


def test_the_end_waits_until_nothing_is_left(room: Room) -> None:
    room.grader.go_on.clear()
    room.mine.write_text("FROM wrong\n")

    class Interrupted:
        def read(self, timeout_s: float) -> str | None:
            time.sleep(0.002)
            if room.grader.begun:
                raise KeyboardInterrupt
            return None

    with pytest.raises(KeyboardInterrupt):
        run(room.watch, Interrupted())

    assert room.grader.stopped == ["FROM wrong"]
    assert room.screen.said[-1] == "close"
    assert room.verdicts() == []
