"""The loop of a workshop's wall: what is complete is graded, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from checker import ExerciseError, UsageError
from checker.classroom import wall as walls
from checker.classroom.book_entries import key_of
from checker.classroom.class_run import ClassRun
from checker.classroom.gradebook import GradeBook
from checker.classroom.handed_in import read_class
from checker.classroom.layouts import Placement, Student, place
from checker.classroom.marking import Marking
from checker.classroom.wall import APART_S, LOOK_EVERY_S, REST_S, Wall, WallState

from .conftest import Course, PlayedGrader

ADA = "ada/work/03-order/Dockerfile"
BOB = "bob/work/03-order/Dockerfile"
CYD = "cyd/work/03-order/Dockerfile"


@dataclass
class Workshop:
    """A wall over a course's folder, in a time that only the test makes pass."""

    course: Course
    grader: PlayedGrader
    now_s: float = 100.0
    states: list[WallState] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    graded_at_looks: list[int] = field(default_factory=list)
    fault: Exception | None = None
    jobs: int = 2

    def __post_init__(self) -> None:
        self.course.handed_in.mkdir()
        self.book = GradeBook(self.course.root / "book")
        marking = Marking(
            self.grader, jobs=self.jobs, tell=self.told.append, on_change=lambda _: None
        )
        self.run = ClassRun(self.book, marking)
        self.wall = Wall(
            self.book,
            self.run,
            self.read,
            jobs=self.jobs,
            publish=self.states.append,
            tell=self.told.append,
            clock=lambda: self.now_s,
            sleep=self.sleep,
        )

    def read(self) -> Placement:
        self.graded_at_looks.append(len(self.grader.seen))
        if self.fault is not None:
            raise self.fault
        found = read_class(self.course.handed_in, {"Dockerfile"})
        return place(found, self.course.exercises, self.course.slugs)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def steps(self, count: int = 6) -> None:
        for _ in range(count):
            self.wall.step()

    def points(self) -> dict[str, int | None]:
        return {f"{one.shown_label} {one.slug}": one.points for one in self.book.entries()}


@pytest.fixture
def workshop(course: Course, grader: PlayedGrader) -> Workshop:
    workshop = Workshop(course, grader)
    with workshop.book.open():
        pass
    return workshop


def test_what_is_saved_is_graded_and_saved_again_is_graded_again(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# failed 60\n"})
    workshop.steps()
    assert workshop.points() == {"ada 03-order": 60}

    workshop.course.lay_out({ADA: "# passed 100\n", BOB: "# failed 7\n"})
    workshop.steps()
    assert workshop.points() == {"ada 03-order": 60, "bob 03-order": 7}
    assert workshop.wall.ungraded == 1
    workshop.sleep(APART_S)
    workshop.steps()

    assert workshop.points() == {"ada 03-order": 100, "bob 03-order": 7}
    assert len(workshop.grader.seen) == 3
    assert workshop.wall.ungraded == 0


def test_saving_all_the_time_fills_no_book_and_costs_nobody_a_turn(workshop: Workshop) -> None:
    began = workshop.now_s
    for number in range(40):
        workshop.course.lay_out({ADA: f"# failed {number}\n"})
        workshop.steps(2)  # each is found twice alike
    took_s = workshop.now_s - began

    handed_in = list((workshop.course.root / "book").glob("students/*/*/handed-in/*.json"))
    assert 2 <= len(handed_in) == len(workshop.grader.seen) <= 1 + took_s / APART_S

    workshop.course.lay_out({BOB: "# failed 7\n"})
    workshop.steps()
    assert workshop.points()["bob 03-order"] == 7
    workshop.sleep(APART_S)
    workshop.steps()
    assert workshop.points()["ada 03-order"] == 39


def test_going_back_to_what_was_graded_grades_nothing(workshop: Workshop) -> None:
    for text in ("# failed 1\n", "# failed 2\n", "# failed 1\n"):
        workshop.course.lay_out({ADA: text})
        workshop.steps()
        workshop.sleep(APART_S)

    workshop.steps()

    assert workshop.points() == {"ada 03-order": 1}
    assert len(workshop.grader.seen) == 2


def test_a_file_that_the_machine_cannot_read_is_told_and_no_zero(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.course.lay_out({ADA: "# failed 1\n", BOB: "# failed 2\n"})
    opened = os.open

    def fail(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith(ADA):
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", fail)
    workshop.steps()
    workshop.steps()

    assert workshop.points() == {"bob 03-order": 2}
    assert workshop.told == [
        "not placed: ada/03-order: Dockerfile cannot be read: Input/output error."
    ]
    monkeypatch.undo()
    workshop.steps()
    assert workshop.points() == {"ada 03-order": 1, "bob 03-order": 2}


def test_nothing_is_graded_before_two_looks_found_it_alike(workshop: Workshop) -> None:
    for number in range(5):  # somebody is saving all the time
        workshop.course.lay_out({ADA: f"# failed {number}\n"})
        workshop.wall.step()
    assert workshop.grader.seen == []

    workshop.steps()

    assert workshop.grader.seen == [b"# failed 4\n"]


def test_a_save_between_two_looks_has_time_to_come(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# failed 1\n"})
    before = workshop.now_s

    workshop.wall.step()
    workshop.wall.step()

    assert workshop.now_s - before >= LOOK_EVERY_S
    assert len(workshop.grader.seen) == 1


def test_an_unchanged_starter_is_no_submission(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "FROM lab/busybox  \n\n", "bob/work/03-order/notes.txt": "-"})

    workshop.steps()

    assert workshop.grader.seen == []
    assert workshop.points() == {}
    state = workshop.states[-1]
    assert {one.label or one.id for one in state.students} == {"ada", "bob"}
    assert all(one.is_begun_only for one in state.seen.values())


def test_work_that_the_book_knows_is_not_graded_again(
    workshop: Workshop, course: Course, tmp_path: Path
) -> None:
    course.lay_out({ADA: "# failed 60\n", BOB: "# lost 9\n"})
    workshop.steps()
    assert [entry.shown_label for entry, _ in workshop.run.result.aside] == ["bob"]
    second = PlayedGrader()
    workshop.grader.seen.clear()

    again = ClassRun(workshop.book, Marking(second, jobs=1, tell=print, on_change=lambda _: None))
    wall = Wall(
        workshop.book,
        again,
        workshop.read,
        jobs=1,
        publish=lambda _: None,
        tell=print,
        clock=lambda: workshop.now_s,
        sleep=workshop.sleep,
    )
    for _ in range(5):
        wall.step()

    assert second.seen == []
    assert [entry.shown_label for entry in again.result.known] == ["ada"]
    assert [entry.shown_label for entry, _ in again.result.aside] == ["bob"]


def test_the_wall_looks_again_before_the_whole_class_is_graded(workshop: Workshop) -> None:
    names = [f"s{n}/03-order/Dockerfile" for n in range(6)]
    workshop.course.lay_out({name: f"# failed {n}\n" for n, name in enumerate(names)})
    workshop.grader.pause = lambda: workshop.sleep(LOOK_EVERY_S)

    workshop.steps()

    assert workshop.graded_at_looks[:5] == [0, 0, 2, 4, 6]
    assert max(len(state.running) for state in workshop.states) == workshop.jobs


def test_states_tell_what_waits_and_what_is_graded(workshop: Workshop) -> None:
    workshop.course.lay_out({f"s{n}/03-order/Dockerfile": f"# failed {n}\n" for n in range(3)})

    workshop.steps()

    counts = [(len(state.waiting), len(state.running)) for state in workshop.states]
    assert (3, 0) in counts
    assert (1, 2) in counts
    assert counts[-1] == (0, 0)


def test_the_content_that_was_looked_at_is_what_is_handed_in(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student saves between the second look and the handing in."""
    workshop.course.lay_out({ADA: "# failed 1\n"})
    read = walls.read_handed_in
    calls = []

    def then_saved(work: object) -> object:
        handed = read(work)  # type: ignore[arg-type]
        calls.append(handed)
        if len(calls) == 2:
            workshop.course.lay_out({ADA: "# half\n"})
        return handed

    monkeypatch.setattr(walls, "read_handed_in", then_saved)
    workshop.steps(2)

    assert workshop.grader.seen == [b"# failed 1\n"]


def test_a_failure_of_the_sandbox_is_tried_again_after_a_rest(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# infrastructure 2\n"})
    workshop.steps(3)
    failed_at = workshop.now_s
    assert walls.SANDBOX_FAILED in workshop.states[-1].trouble
    assert [why for _, why in workshop.run.result.blanks] == ["It was infrastructure."]
    assert len(workshop.grader.seen) == 2

    while workshop.wall.ungraded:
        workshop.wall.step()

    assert workshop.now_s - failed_at >= REST_S - LOOK_EVERY_S
    assert workshop.points() == {"ada 03-order": 100}
    assert workshop.states[-1].trouble == ()
    assert workshop.run.result.blanks == []
    assert len(workshop.told) == 1


def test_one_submission_that_fails_the_sandbox_keeps_nobody_waiting(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# infrastructure 99\n", BOB: "# failed 1\n"})
    workshop.steps(3)
    before = workshop.now_s

    workshop.course.lay_out({CYD: "# failed 2\n"})
    workshop.steps(3)

    assert workshop.points()["cyd 03-order"] == 2
    assert workshop.now_s - before < REST_S
    assert workshop.states[-1].trouble == (walls.SANDBOX_FAILED,)


def test_after_several_failures_in_a_row_no_grading_begins(workshop: Workshop) -> None:
    workshop.course.lay_out(
        {f"s{n}/03-order/Dockerfile": "# infrastructure 99\n" for n in range(9)}
    )
    workshop.steps(6)
    tried = len(workshop.grader.seen)
    before = workshop.now_s

    while workshop.now_s < before + REST_S / 2:
        workshop.wall.step()

    assert 0 < tried < 18
    assert len(workshop.grader.seen) == tried


def test_a_shared_drive_may_be_gone_for_a_moment(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# failed 60\n"})
    workshop.steps()
    workshop.fault = UsageError("There is nothing at DRIVE.", next_step="name it")

    workshop.steps()

    assert workshop.states[-1].trouble == (walls.UNREADABLE,)
    assert workshop.told == [f"{walls.UNREADABLE}\n  There is nothing at DRIVE."]
    workshop.fault = None
    workshop.course.lay_out({ADA: "# failed 70\n"})
    workshop.steps()
    assert workshop.states[-1].trouble == ()
    assert workshop.points() == {"ada 03-order": 70}


def test_an_invalid_exercise_is_not_tried_for_each_student(
    workshop: Workshop, course: Course
) -> None:
    def fail() -> None:
        raise ExerciseError("The check is wrong.", next_step="correct it")

    workshop.grader.pause = fail
    course.lay_out({f"s{n}/03-order/Dockerfile": f"# failed {n}\n" for n in range(5)})

    workshop.steps(8)

    assert len(workshop.grader.seen) == workshop.jobs
    assert workshop.wall.ungraded == 0
    assert "03-order is invalid" in workshop.states[-1].trouble[0]


def test_what_cannot_be_placed_is_told_once(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# failed 1\n", "notes.txt": "-"})

    workshop.steps()
    workshop.steps()

    assert workshop.told == [
        "not placed: notes.txt: is in no student's place (layout folders)",
    ]
    assert workshop.wall.unplaced[0][0] == "notes.txt"


def test_an_interrupt_ends_the_watch_and_what_runs(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# failed 1\n"})

    def interrupt() -> None:
        raise KeyboardInterrupt

    workshop.grader.pause = interrupt

    with pytest.raises(KeyboardInterrupt):
        workshop.wall.watch()
    assert workshop.wall.ungraded == 1


def test_a_folder_that_goes_leaves_its_grades(workshop: Workshop) -> None:
    workshop.course.lay_out({ADA: "# failed 60\n"})
    workshop.steps()
    (workshop.course.handed_in / ADA).unlink()

    workshop.steps()

    assert workshop.points() == {"ada 03-order": 60}
    key = key_of(Student("ada"))
    assert (key, "03-order") not in workshop.states[-1].seen
    assert [one.key for one in workshop.states[-1].students] == [key]
