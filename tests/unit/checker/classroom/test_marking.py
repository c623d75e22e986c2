"""Gradings beside each other: what is tried again, set aside, or left blank."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from checker.classroom.book_entries import Handed
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.marking import Ending, Marked, Marking, MarkingTask, Tally, default_jobs
from checker.grading.submission import Submission
from sandbox import Cancelled

from .conftest import Course, PlayedGrader


def tasks(course: Course, *contents: str) -> list[MarkingTask]:
    book = GradeBook(Path(course.root) / "book")
    found = []
    with book.open():
        for number, content in enumerate(contents):
            handed = Handed({"Dockerfile": content}, None, None, "file")
            entry = book.hand_in(Student(f"s{number}"), "03-order", handed)
            submission = Submission({"Dockerfile": content.encode()})
            found.append(MarkingTask(entry, course.exercises[0], submission))
    return found


def mark(
    grader: PlayedGrader, todo: list[MarkingTask], *, jobs: int = 2
) -> tuple[dict[str, Marked], list[Tally]]:
    tallies: list[Tally] = []
    marking = Marking(grader, jobs=jobs, tell=lambda _: None, on_change=tallies.append)
    return {one.task.entry.student.label: one for one in marking.mark(todo)}, tallies


def test_each_is_graded_once_with_as_many_at_a_time_as_wanted(
    course: Course, grader: PlayedGrader
) -> None:
    both = threading.Barrier(2, timeout=20)
    grader.pause = lambda: both.wait() and None

    marked, tallies = mark(grader, tasks(course, "# passed 100", "# failed 60 a", "b", "c"))

    assert [one.ending for one in marked.values()] == [Ending.DONE] * 4
    assert marked["s1"].grade is not None
    assert marked["s1"].grade.points == 60
    assert len(grader.seen) == 4
    assert max(tally.running for tally in tallies) == 2
    assert (tallies[-1].waiting, tallies[-1].running, tallies[-1].done) == (0, 0, 4)
    assert tallies[0].left_s is None
    assert tallies[-1].left_s == 0


def test_trouble_of_the_infrastructure_is_tried_again_with_nobody_beside(
    course: Course, grader: PlayedGrader
) -> None:
    marked, _ = mark(
        grader, tasks(course, "# infrastructure 1", "# infrastructure 9", "# failed 5")
    )

    assert [marked[f"s{n}"].ending for n in range(3)] == [Ending.DONE, Ending.BLANK, Ending.DONE]
    assert marked["s1"].why == "It was infrastructure."
    assert len(grader.seen) == 5
    assert grader.beside[b"# infrastructure 1"] == 1


def test_a_submission_that_costs_the_engine_twice_is_set_aside(
    course: Course, grader: PlayedGrader
) -> None:
    marked, _ = mark(grader, tasks(course, "# lost 9", "# lost 1", "# passed 100"))

    assert [marked[f"s{n}"].ending for n in range(3)] == [Ending.ASIDE, Ending.DONE, Ending.DONE]
    assert marked["s0"].why.startswith("the engine was lost twice")


def test_a_timeout_counts_only_if_nobody_was_beside(course: Course, grader: PlayedGrader) -> None:
    marked, _ = mark(grader, tasks(course, "# timeout 10", "# passed 100"))
    assert marked["s0"].ending is Ending.DONE
    assert grader.seen.count(b"# timeout 10") == 2
    assert grader.beside[b"# timeout 10"] == 1

    alone = PlayedGrader()
    mark(alone, tasks(course, "# timeout 10", "# passed 100"), jobs=1)
    assert alone.seen.count(b"# timeout 10") == 1


def test_a_broken_machine_leaves_blanks_and_does_not_try_all(
    course: Course, grader: PlayedGrader
) -> None:
    todo = tasks(course, *(f"# infrastructure 9 {n}" for n in range(20)))

    marked, tallies = mark(grader, todo, jobs=1)

    assert len(marked) == 20
    assert {one.ending for one in marked.values()} == {Ending.BLANK}
    assert len(grader.seen) == 6
    assert tallies[-1].blank == 20


def test_after_a_short_failure_of_the_machine_all_is_graded(
    course: Course, grader: PlayedGrader
) -> None:
    todo = tasks(course, *(f"# infrastructure 1 {n}" for n in range(10)))

    marked, _ = mark(grader, todo, jobs=1)

    assert {one.ending for one in marked.values()} == {Ending.DONE}


def test_when_the_caller_stops_running_gradings_are_cancelled(
    course: Course, grader: PlayedGrader
) -> None:
    begun, ended = threading.Event(), []

    def wait_for_the_end(*_: object, cancel_token: object, **__: object) -> None:
        begun.set()
        try:
            for _ in range(2000):
                cancel_token.raise_if_cancelled()  # type: ignore[attr-defined]
                threading.Event().wait(0.01)
        except Cancelled:
            ended.append("cleaned up")
            raise

    def change(tally: Tally) -> None:
        if tally.running == 2:
            begun.wait(20)
            raise KeyboardInterrupt

    marking = Marking(wait_for_the_end, jobs=2, tell=lambda _: None, on_change=change)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        list(marking.mark(tasks(course, "a", "b", "c")))

    assert ended
    assert len(ended) <= 2


def test_there_is_at_least_one_job() -> None:
    assert default_jobs() >= 1
