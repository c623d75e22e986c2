"""Watches the folders of a class and grades what was saved: a loop around the class run.

A file is read again and again, and what was read twice alike is complete. The loop hands in and
grades at most one submission a job before it looks again, so nobody waits for a whole class. Of
several saves in a row only the last is handed in and graded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checker.classroom.book_entries import BookEntry, Handed, key_of
from checker.classroom.book_rows import BookStudent, read_rows
from checker.classroom.class_run import ClassRun, read_handed_in
from checker.classroom.gradebook import GradeBook
from checker.classroom.handed_in import told
from checker.classroom.layouts import PlacedWork, Placement, Student
from checker.classroom.marking import FAULTS_IN_A_ROW, Ending
from checker.errors import UnreadableFileError, UsageError
from checker.exercise import Exercise
from checker.grading.submission import Submission, is_starter

LOOK_EVERY_S = 3.0
"""The pause between two looks at the folders, unless a look itself takes longer."""
APART_S = 30.0
"""Two gradings of one student's work on one exercise begin at least so long apart: somebody who
saves all the time must not keep the others waiting, nor fill the book."""
REST_S = 60.0
"""A submission for which the sandbox failed is tried again after so long; after several failures in
a row, no other grading begins either."""
SANDBOX_FAILED = "The sandbox failed. It is tried again after a minute; `sandbox doctor` helps."
UNREADABLE = "The folders cannot be read at the moment."

Place = tuple[str, str]
"""A student's key and an exercise's slug."""


@dataclass(frozen=True, slots=True)
class SeenWork:
    """The files of one student for one exercise, as they are on the disk.

    Args:
        student: The student.
        saved_at: The time of the newest file, in UTC; None: nobody knows.
        is_begun_only: Whether nothing was saved yet: the starter, or no file that counts.
    """

    student: Student
    saved_at: datetime | None
    is_begun_only: bool


@dataclass(frozen=True, slots=True)
class WallState:
    """What a wall shows; each change makes a new one.

    Args:
        students: Everybody but the tutors.
        seen: What lies in the folders.
        waiting: What was saved and waits for its grading.
        running: What is graded now.
        trouble: What the teacher should know; empty: nothing.
    """

    students: tuple[BookStudent, ...] = ()
    seen: Mapping[Place, SeenWork] = field(default_factory=dict)
    waiting: frozenset[Place] = frozenset()
    running: frozenset[Place] = frozenset()
    trouble: tuple[str, ...] = ()


@dataclass(slots=True)
class _Look:
    """What the latest look has found; it is settled when a second look found the same."""

    digest: str
    seen: SeenWork
    is_settled: bool = False


_Saved = tuple[PlacedWork, Handed]
"""What was saved, and how it was read."""


class Wall:
    """Looks, hands in and grades, one step at a time.

    Args:
        book: The book, opened.
        run: Grades; its result is that of the whole watch.
        read: Reads and places the files of the class.
        jobs: The number of simultaneous gradings.
        publish: Takes each new state.
        tell: Takes what the teacher should know, once.
        clock: Seconds, monotonic.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        book: GradeBook,
        run: ClassRun,
        read: Callable[[], Placement],
        *,
        jobs: int,
        publish: Callable[[WallState], None],
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._book = book
        self._run = run
        self._read = read
        self._jobs = jobs
        self._publish = publish
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._looks: dict[Place, _Look] = {}
        self._waiting: dict[Place, _Saved] = {}
        self._running: dict[Place, _Saved] = {}
        self._again_at_s: dict[Place, float] = {}
        self._begun_at_s: dict[Place, float] = {}
        self._faults_in_a_row = 0
        self._trouble: dict[str, str] = {}
        self._look_due = self._rest_until = clock()
        self._told_unplaced: set[tuple[str, str]] = set()
        self.unplaced: tuple[tuple[str, str], ...] = ()
        run.add_listener(self._ended)

    @property
    def ungraded(self) -> int:
        """How many saved submissions have no grade yet."""
        return len(self._waiting) + len(self._running)

    def watch(self) -> None:
        """Watch until an interrupt, which is raised."""
        self._show()
        while True:
            self.step()

    def step(self) -> None:
        """Look if a look is due; then grade what waits, or rest until the next look."""
        if (began := self._clock()) >= self._look_due:
            self._look()
            ended = self._clock()
            self._look_due = ended + max(LOOK_EVERY_S, ended - began)
        if ready := self._ready():
            self._grade(ready[: self._jobs])
        else:
            self._sleep(max(0.0, self._look_due - self._clock()))

    def _look(self) -> None:
        try:
            placement = self._read()
        except (UsageError, OSError) as error:  # such as a shared drive that is gone for a moment
            if self._note(UNREADABLE, f"{UNREADABLE}\n  {error}"):
                self._show()
            return
        is_changed = self._trouble.pop(UNREADABLE, None) is not None
        places = {(key_of(work.student), work.exercise.slug): work for work in placement.work}
        for gone in self._looks.keys() - places.keys():
            del self._looks[gone]
            is_changed = True
        unplaced = list(placement.unplaced)
        for place, work in places.items():
            try:
                handed = read_handed_in(work)
            except UnreadableFileError as error:  # whoever may not read it cannot grade it
                unplaced.append((told((work.student.label, work.exercise.slug)), error.message))
            else:
                is_changed |= self._look_at(place, work, handed)
        self._tell_unplaced(tuple(sorted(unplaced)))
        if is_changed:
            self._show()

    def _tell_unplaced(self, unplaced: tuple[tuple[str, str], ...]) -> None:
        """Tell once what two looks could not place; ``unplaced`` keeps all of it for a report."""
        if unplaced == self.unplaced:
            for place, why in sorted(set(unplaced) - self._told_unplaced):
                self._tell(f"not placed: {place}: {why}")
            self._told_unplaced.update(unplaced)
        self.unplaced = unplaced

    def _look_at(self, place: Place, work: PlacedWork, handed: Handed) -> bool:
        """Look at one student's files for one exercise; returns whether anything is new."""
        look = self._looks.get(place)
        if look is None or look.digest != handed.digest:
            seen = SeenWork(work.student, handed.handed_in_at, _is_begun_only(work, handed))
            self._looks[place] = _Look(handed.digest, seen)
            return True
        if look.is_settled:
            return False
        look.is_settled = True
        if look.seen.is_begun_only:
            return False
        self._again_at_s.pop(place, None)
        if self._is_known(work, handed):
            self._waiting.pop(place, None)
            self._run.grade_missing(self._handed_in([(work, handed)]))
        elif work.exercise.slug not in self._run.result.invalid:
            # Kept as it was read: the student may be saving at this moment. In the place of an
            # earlier save, so that another save does not cost the turn.
            self._waiting[place] = work, handed
        return True

    def _is_known(self, work: PlacedWork, handed: Handed) -> bool:
        """Whether the book has a grade of this, or has set it aside."""
        entry = self._book.entry(work.student, work.exercise.slug)
        is_aside = entry.aside and entry.handed and entry.handed.digest == handed.digest
        return bool(is_aside) or any(one.submission == handed.digest for one in entry.grades)

    def _handed_in(self, saved: Iterable[_Saved]) -> list[tuple[BookEntry, Exercise]]:
        return [
            (self._book.hand_in(work.student, work.exercise.slug, handed), work.exercise)
            for work, handed in saved
        ]

    def _ready(self) -> list[Place]:
        """What may be graded now, what waits longest first."""
        now = self._clock()
        if now < self._rest_until:
            return []
        return [
            place
            for place in self._waiting
            if self._again_at_s.get(place, now) <= now
            and now - self._begun_at_s.get(place, -math.inf) >= APART_S
        ]

    def _grade(self, places: Sequence[Place]) -> None:
        self._running = {place: self._waiting.pop(place) for place in places}
        self._begun_at_s |= dict.fromkeys(places, self._clock())
        self._show()
        self._run.grade_missing(self._handed_in([*self._running.values()]))
        self._show()

    def _ended(self, entry: BookEntry, ending: Ending, why: str) -> None:
        place = entry.key, entry.slug
        work = self._running.pop(place, None)
        if ending is Ending.BLANK and work is not None:
            self._waiting[place] = work
            self._again_at_s[place] = self._clock() + REST_S
            self._faults_in_a_row += 1
            if self._faults_in_a_row >= FAULTS_IN_A_ROW:
                self._rest_until = self._again_at_s[place]
            self._note(SANDBOX_FAILED, f"{SANDBOX_FAILED}\n  {why}")
        else:
            self._faults_in_a_row = 0
            self._again_at_s.pop(place, None)
            if not self._again_at_s:
                self._trouble.pop(SANDBOX_FAILED, None)
        if ending is Ending.INVALID_EXERCISE:
            trouble = f"{entry.slug} is invalid and is not graded; `checker lint` says why."
            self._note(trouble, f"{trouble}\n  {why}")
            self._waiting = {
                other: one for other, one in self._waiting.items() if other[1] != entry.slug
            }
        if self._running:  # the last one is shown by the loop
            self._show()

    def _note(self, shown: str, told: str) -> bool:
        """Keep trouble to be shown, and tell it; returns whether it is new."""
        is_new = self._trouble.get(shown) != told
        self._trouble[shown] = told
        if is_new:
            self._tell(told)
        return is_new

    def _show(self) -> None:
        seen = {place: look.seen for place, look in self._looks.items()}
        rows = read_rows(self._book, (), begun=[one.student for one in seen.values()])
        self._publish(
            WallState(
                students=tuple(one for one in rows.students if not one.is_tutor),
                seen=seen,
                waiting=frozenset(self._waiting),
                running=frozenset(self._running),
                trouble=tuple(self._trouble),
            )
        )


def _is_begun_only(work: PlacedWork, handed: Handed) -> bool:
    if handed.refusal is not None:
        return not work.files
    files = {name: text.encode() for name, text in handed.files.items()}
    return is_starter(work.exercise, Submission(files))
