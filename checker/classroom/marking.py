"""Grades many submissions, several at a time, each in a clone of the sandbox.

Fair: nothing of one grading is there for another. A failure by time alone, and trouble of the
infrastructure, are tried once more with no other grading beside it before they count.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import psutil

from checker.classroom.book_entries import BookEntry
from checker.classroom.build_pictures import BuildCollector, GradedBuilds
from checker.errors import ExerciseError
from checker.exercise import Exercise
from checker.grading.measurement import ENGINE_LOST
from checker.grading.submission import Submission
from checker.learner.attempts import Grader
from checker.results import Grade, Verdict
from checker.workbench.grading_run import GradingRun
from sandbox import CancelToken

FAULTS_IN_A_ROW = 3
"""After so many failures of the infrastructure in a row, no other grading begins."""
_CLONE_BYTES = 2_500_000_000
"""The memory that one grading may take: the limit of a clone, and the checker's own."""
LOST = "the engine was lost twice while it ran this submission"
_UNTRIED = "not tried: the sandbox failed several times in a row"


def default_jobs() -> int:
    """As many gradings at once as this machine's cores and free memory allow, at least one."""
    fitting = psutil.virtual_memory().available // _CLONE_BYTES
    return max(1, min(os.cpu_count() or 1, fitting))


@dataclass(frozen=True, slots=True)
class MarkingTask:
    """One submission to grade."""

    entry: BookEntry
    exercise: Exercise
    submission: Submission


class Ending(StrEnum):
    """How a task ended."""

    DONE = "done"
    BLANK = "blank"
    ASIDE = "set aside"
    INVALID_EXERCISE = "invalid exercise"


@dataclass(frozen=True, slots=True)
class Marked:
    """A task that has ended.

    Args:
        task: The task.
        ending: How it ended.
        grade: The grade, if it is done.
        why: Why there is no grade; empty if there is one.
        builds: The builds of the grading; None: nothing was built.
    """

    task: MarkingTask
    ending: Ending
    grade: Grade | None = None
    why: str = ""
    builds: GradedBuilds | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of all tasks.

    Args:
        waiting: Not begun, or to be tried again.
        running: In work.
        done: Graded.
        aside: Set aside.
        blank: Without a grade, by trouble that is not the submission's.
        left_s: About how long the rest takes; None: nothing is known yet.
    """

    waiting: int
    running: int
    done: int
    aside: int
    blank: int
    left_s: float | None


_Graded = tuple[Grade, GradedBuilds | None]
"""A grade, and the builds of its grading."""


class Marker(Protocol):
    """Grades tasks, wherever that is."""

    def mark(self, tasks: Sequence[MarkingTask]) -> Generator[Marked, None, None]:
        """Yield each task when it has ended; running gradings are cancelled if the caller stops."""
        ...


class Tallies:
    """Counts how the tasks of one run end.

    Args:
        on_change: Takes each new state.
        clock: Seconds, monotonic.
    """

    def __init__(self, on_change: Callable[[Tally], None], clock: Callable[[], float]) -> None:
        self._on_change = on_change
        self._clock = clock
        self._started = clock()
        self._endings: Counter[Ending] = Counter()

    def count(self, ending: Ending) -> None:
        """One more task has ended."""
        self._endings[ending] += 1

    def change(self, *, waiting: int, running: int) -> None:
        """So many tasks wait or run now."""
        counts = self._endings
        ended = counts.total()
        per_task_s = (self._clock() - self._started) / ended if ended else None
        self._on_change(
            Tally(
                waiting=waiting,
                running=running,
                done=counts[Ending.DONE],
                aside=counts[Ending.ASIDE],
                blank=counts[Ending.BLANK] + counts[Ending.INVALID_EXERCISE],
                left_s=None if per_task_s is None else per_task_s * (waiting + running),
            )
        )


@dataclass
class _Queue:
    """The tasks of one run, and what became of them."""

    waiting: deque[MarkingTask]
    tallies: Tallies
    running: dict[Future[_Graded], MarkingTask] = field(default_factory=dict)
    again: list[tuple[MarkingTask, Grade]] = field(default_factory=list)
    faults_in_a_row: int = 0

    @property
    def is_paused(self) -> bool:
        return self.faults_in_a_row >= FAULTS_IN_A_ROW

    def change(self) -> None:
        waiting = len(self.waiting) + len(self.again)
        self.tallies.change(waiting=waiting, running=len(self.running))


class Marking:
    """Grades tasks; its results come in the thread of the caller, who may stop at any time.

    Args:
        grader: Grades one submission on an engine; called in other threads.
        jobs: The number of simultaneous gradings.
        tell: Takes notices of sandboxes; equal notices only once.
        on_change: Takes the state whenever a grading begins or ends.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        grader: Grader,
        *,
        jobs: int,
        tell: Callable[[str], None],
        on_change: Callable[[Tally], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._grader = grader
        self._jobs = jobs
        self._tell = tell
        self._told: set[str] = set()
        self._on_change = on_change
        self._clock = clock
        self._cancel_token = CancelToken()  # of the latest run

    def mark(self, tasks: Sequence[MarkingTask]) -> Generator[Marked, None, None]:
        """Yield each task when it has ended; running gradings are cancelled if the caller stops."""
        queue = _Queue(deque(tasks), Tallies(self._on_change, self._clock))
        self._cancel_token = CancelToken()
        pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="grading")
        try:
            while queue.waiting or queue.again:
                yield from self._counted(queue, self._round(queue, pool))
                yield from self._counted(queue, self._second_tries(queue, pool))
                if queue.is_paused:
                    untried = [Marked(task, Ending.BLANK, why=_UNTRIED) for task in queue.waiting]
                    queue.waiting.clear()
                    yield from self._counted(queue, iter(untried))
        finally:
            self._cancel_token.cancel()
            pool.shutdown(cancel_futures=True)

    def _counted(self, queue: _Queue, ended: Iterator[Marked]) -> Iterator[Marked]:
        for marked in ended:
            queue.tallies.count(marked.ending)
            queue.change()
            yield marked

    def _round(self, queue: _Queue, pool: ThreadPoolExecutor) -> Iterator[Marked]:
        """Grade what waits, until the infrastructure fails too often."""
        is_beside = self._jobs > 1 and len(queue.waiting) > 1
        while (queue.waiting and not queue.is_paused) or queue.running:
            while queue.waiting and not queue.is_paused and len(queue.running) < self._jobs:
                self._begin(queue, queue.waiting.popleft(), pool)
            for task, future in self._ended(queue):
                marked = _marked(task, future)
                verdict = marked.grade and marked.grade.verdict
                is_fault = verdict is Verdict.INFRASTRUCTURE
                queue.faults_in_a_row = queue.faults_in_a_row + 1 if is_fault else 0
                if marked.grade is not None and (
                    is_fault or (is_beside and verdict is Verdict.TIMEOUT)
                ):
                    queue.again.append((task, marked.grade))
                else:
                    yield marked

    def _second_tries(self, queue: _Queue, pool: ThreadPoolExecutor) -> Iterator[Marked]:
        """Grade once more, one at a time, what failed by time alone or by the infrastructure."""
        while queue.again:
            task, first = queue.again.pop(0)
            self._begin(queue, task, pool)
            ((task, future),) = self._ended(queue)
            marked = _marked(task, future)
            if marked.grade is None or marked.grade.verdict is not Verdict.INFRASTRUCTURE:
                queue.faults_in_a_row = 0
                yield marked
            elif lost_engine(first) and lost_engine(marked.grade):
                yield Marked(task, Ending.ASIDE, why=f"{LOST}: {reason_of(marked.grade)}")
            else:
                yield Marked(task, Ending.BLANK, why=reason_of(marked.grade))

    def _begin(self, queue: _Queue, task: MarkingTask, pool: ThreadPoolExecutor) -> None:
        queue.running[pool.submit(self._grade, task)] = task
        queue.change()

    def _ended(self, queue: _Queue) -> list[tuple[MarkingTask, Future[_Graded]]]:
        ended, _ = wait(queue.running, return_when=FIRST_COMPLETED)
        return [(queue.running.pop(future), future) for future in ended]

    def _grade(self, task: MarkingTask) -> _Graded:
        builds = BuildCollector()
        grade = self._grader(
            task.exercise,
            task.submission,
            GradingRun(on_build=builds.add),
            tell=self._tell_once,
            cancel_token=self._cancel_token,
            in_clone=True,
        )
        return grade, builds.graded()

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)


def _marked(task: MarkingTask, future: Future[_Graded]) -> Marked:
    try:
        grade, builds = future.result()
        return Marked(task, Ending.DONE, grade, builds=builds)
    except ExerciseError as error:  # a check's params do not fit: all its submissions fail alike
        return Marked(task, Ending.INVALID_EXERCISE, why=error.message)


def lost_engine(grade: Grade) -> bool:
    """Whether the engine ended while it ran the submission."""
    return any(check.evidence.get(ENGINE_LOST) is True for check in grade.checks)


def reason_of(grade: Grade) -> str:
    """Why the infrastructure failed, in one line."""
    messages = [check.message for check in grade.checks if check.message]
    return messages[0].partition("\n")[0] if messages else "the sandbox failed"
