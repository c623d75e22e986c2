"""One run of ``checker class``: record what was handed in, grade what has no grade, keep each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from checker import grading
from checker.classroom.book_entries import BookEntry, Handed, Refusal, Versions
from checker.classroom.build_pictures import GradedBuilds
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import PlacedWork
from checker.classroom.marking import Ending, Marked, Marker, MarkingTask
from checker.classroom.versions import versions_of
from checker.errors import SubmissionError, UnreadableFileError
from checker.exercise import Exercise
from checker.grading.submission import Submission, assemble
from checker.results import Grade


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry that was graded again: the measured points before and after."""

    entry: BookEntry
    before: int
    after: int


@dataclass
class ClassResult:
    """What a run has done.

    Args:
        graded: Entries with a new grade.
        known: Entries that had a grade already.
        blanks: Entries without a grade by trouble that is not theirs, and the trouble.
        aside: Entries that were set aside, now or earlier, and why.
        invalid: Exercises that cannot be graded, and why.
        moved: Entries that were graded again.
    """

    graded: list[BookEntry] = field(default_factory=list)
    known: list[BookEntry] = field(default_factory=list)
    blanks: list[tuple[BookEntry, str]] = field(default_factory=list)
    aside: list[tuple[BookEntry, str]] = field(default_factory=list)
    invalid: dict[str, str] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)


def read_handed_in(work: PlacedWork) -> Handed:
    """What a student handed in for an exercise; a refused submission has the reason.

    Raises:
        UnreadableFileError: The machine cannot read a file.
    """
    times = [file.handed_in_at for file in work.files.values() if file.handed_in_at is not None]
    sources = sorted({file.time_source for file in work.files.values()})
    at = max(times, default=None)
    source = sources[0] if sources else ""

    def read(name: str) -> bytes:
        if name in work.doubles:
            raise SubmissionError(
                f"{name} was handed in twice.", next_step="hand in one file of that name"
            )
        if name not in work.files:
            raise SubmissionError(f"{name} is missing.", next_step=f"hand in a file named {name}")
        return work.files[name].read(name)

    try:
        submission = assemble(work.exercise, read)
    except UnreadableFileError:  # must not become a zero
        raise
    except SubmissionError as error:
        return Handed({}, Refusal(error.message, error.next_step), at, source)
    texts = {name: content.decode("utf-8") for name, content in submission.files.items()}
    return Handed(texts, None, at, source)


class ClassRun:
    """Grades entries of a book.

    Args:
        book: The book, opened.
        marking: Grades what needs an engine.
        on_ended: Takes each entry as soon as its grade, or the lack of one, is known.
        now: The time, in UTC.
    """

    def __init__(
        self,
        book: GradeBook,
        marking: Marker,
        *,
        on_ended: Callable[[BookEntry, Ending, str], None] = lambda *_: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._book = book
        self._marking = marking
        self._listeners = [on_ended]
        self._now = now
        self._versions: dict[str, Versions] = {}
        self.result = ClassResult()

    def add_listener(self, on_ended: Callable[[BookEntry, Ending, str], None]) -> None:
        """Also tell this listener of each entry."""
        self._listeners.append(on_ended)

    def hand_in(self, work: Sequence[PlacedWork]) -> list[tuple[BookEntry, Exercise]]:
        """Record all work; returns its entries with their exercises.

        What the machine cannot read is a blank.
        """
        entries = []
        for one in work:
            try:
                handed = read_handed_in(one)
            except UnreadableFileError as error:
                entry = self._book.entry(one.student, one.exercise.slug)
                self.result.blanks.append((entry, error.message))
                self._tell(entry, Ending.BLANK, error.message)
            else:
                entry = self._book.hand_in(one.student, one.exercise.slug, handed)
                entries.append((entry, one.exercise))
        return entries

    def grade_missing(self, entries: Sequence[tuple[BookEntry, Exercise]]) -> None:
        """Grade the entries that have no grade and were not set aside.

        One that was set aside, and to which a teacher gave points, is done.
        """
        missing = []
        for entry, exercise in entries:
            if entry.latest is not None or (entry.aside and entry.override):
                self.result.known.append(entry)
            elif entry.aside:
                self.result.aside.append((entry, entry.aside))
            else:
                missing.append((entry, exercise))
        self._grade(missing)

    def grade_again(self, entries: Sequence[tuple[BookEntry, Exercise]]) -> None:
        """Grade the entries whatever they have; their grades stay in the book."""
        self._grade(entries)

    def is_stale(self, entry: BookEntry, exercise: Exercise) -> bool:
        """Whether the grade was made by another version of the exercise or of the checker."""
        return entry.latest is not None and entry.latest.versions != self._versions_of(exercise)

    def _versions_of(self, exercise: Exercise) -> Versions:
        if exercise.slug not in self._versions:
            self._versions[exercise.slug] = versions_of(exercise)
        return self._versions[exercise.slug]

    def _grade(self, entries: Sequence[tuple[BookEntry, Exercise]]) -> None:
        tasks = []
        tried = {(entry.key, entry.slug) for entry, _ in entries}
        self.result.blanks = [  # those that are tried again are told by their new ending
            one for one in self.result.blanks if (one[0].key, one[0].slug) not in tried
        ]
        for entry, exercise in entries:
            assert entry.handed is not None
            # Noted before the grading: what changes during it makes the grade stale.
            self._versions_of(exercise)
            if (refusal := entry.handed.refusal) is None:
                files = {name: text.encode() for name, text in entry.handed.files.items()}
                tasks.append(MarkingTask(entry, exercise, Submission(files)))
            else:
                error = SubmissionError(refusal.message, next_step=refusal.next_step)
                self._keep(entry, exercise, grading.reject(exercise, error))
        with closing(self._marking.mark(tasks)) as ended:
            self._keep_each(ended)

    def _keep_each(self, ended: Iterator[Marked]) -> None:
        for marked in ended:
            entry, exercise = marked.task.entry, marked.task.exercise
            match marked.ending:
                case Ending.DONE:
                    assert marked.grade is not None
                    self._keep(entry, exercise, marked.grade, marked.builds)
                    continue
                case Ending.ASIDE:
                    self._book.set_aside(entry, marked.why)
                    self.result.aside.append((entry, marked.why))
                case Ending.BLANK:
                    self.result.blanks.append((entry, marked.why))
                case Ending.INVALID_EXERCISE:
                    self.result.invalid[exercise.slug] = marked.why
            self._tell(entry, marked.ending, marked.why)

    def _keep(
        self,
        entry: BookEntry,
        exercise: Exercise,
        grade: Grade,
        builds: GradedBuilds | None = None,
    ) -> None:
        kept = self._book.add_grade(
            entry, grade, self._versions_of(exercise), at=self._now(), builds=builds
        )
        self.result.graded.append(kept)
        if entry.latest is not None:
            before, after = entry.latest.grade.points, grade.points
            self.result.moved.append(Moved(kept, before, after))
        self._tell(kept, Ending.DONE, "")

    def _tell(self, entry: BookEntry, ending: Ending, why: str) -> None:
        for listener in self._listeners:
            listener(entry, ending, why)
