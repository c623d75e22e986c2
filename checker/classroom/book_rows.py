"""The book as rows: each student's result in each exercise, joined with the roster."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checker.classroom.book_entries import BookEntry, digest_of, key_of
from checker.classroom.deadlines import Deadlines, Lateness
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.roster import Person, Roster, same_name
from checker.errors import SubmissionError, UsageError
from checker.exercise import Exercise
from checker.grading.submission import Submission, normalise, take
from checker.plain_text import plain_line

NOT_HANDED_IN = "not handed in"
NOT_GRADED = "not graded"
SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class BookStudent:
    """One line of the class.

    Args:
        id: The id in the roster, or the label of the submissions.
        name: His name; empty if nobody knows.
        section: His section; empty if there is none.
        is_tutor: Whether he is a tutor.
        is_known: Whether the roster has him, or there is no roster.
        key: The name of his folder in the book.
        label: The label of his submissions; empty if there are none.
        entries: His entries by exercise.
        cells: All that the roster has about him, by header.
        lateness: How late his work is, by exercise, where something was due.
        aliases: All names and ids by which a list may name him, as ``roster.same_name`` has them.
    """

    id: str
    name: str
    section: str
    is_tutor: bool
    is_known: bool
    key: str
    label: str
    entries: Mapping[str, BookEntry]
    cells: Mapping[str, str]
    lateness: Mapping[str, Lateness]
    aliases: frozenset[str]

    @property
    def points(self) -> int:
        """The sum of his points; blanks count nothing."""
        return sum(self.points_in(slug) or 0 for slug in self.entries)

    def points_in(self, slug: str) -> int | None:
        """The points that count in one exercise, less what being late costs; None: a blank.

        Nothing is taken from points that a teacher gave.
        """
        entry, late = self.entries.get(slug), self.lateness.get(slug)
        if entry is None or entry.points is None or late is None or entry.override is not None:
            return None if entry is None else entry.points
        return late.counted(entry.points)


@dataclass(frozen=True, slots=True)
class BookRows:
    """The whole book.

    Args:
        students: In the order of the roster, then those whom it does not have.
        slugs: The exercises that have an entry.
        columns: The headers of the roster.
        max_points: The most points of each exercise, as far as a grade says.
        identical: For each key and exercise, the ids of other students with equal work.
        starters: The files of each exercise's starter, as far as the course has the exercise.
    """

    students: tuple[BookStudent, ...]
    slugs: tuple[str, ...]
    columns: tuple[str, ...]
    max_points: Mapping[str, int]
    identical: Mapping[tuple[str, str], tuple[str, ...]]
    starters: Mapping[str, Mapping[str, str]]


def state_of(entry: BookEntry | None) -> str:
    """The verdict in a word, ``override``, or why there is none."""
    if entry is None or (entry.handed is None and entry.override is None):
        return NOT_HANDED_IN
    if entry.latest is not None:
        return entry.latest.grade.verdict.value
    if entry.aside:
        return SET_ASIDE
    return NOT_GRADED if entry.handed is not None else NOT_HANDED_IN


def read_rows(
    book: GradeBook, exercises: Iterable[Exercise], *, begun: Iterable[Student] = ()
) -> BookRows:
    """Read the book.

    Args:
        book: The book.
        exercises: The exercises of the course, by whose starters and solutions equal work is told
            from work that everybody may have.
        begun: Students who have begun; they have a row even if the book has no entry of theirs.
    """
    exercises = tuple(exercises)
    roster = book.roster()
    entries = book.entries()
    by_student: dict[Student, dict[str, BookEntry]] = defaultdict(dict)
    for entry in entries:
        by_student[entry.student][entry.slug] = entry
    labels = {student.label for student in by_student}
    by_student |= {student: {} for student in begun if student.label not in labels}
    students = _join(by_student, roster, book.deadlines())
    slugs = sorted({entry.slug for entry in entries})
    most = {
        entry.slug: entry.max_points
        for entry in sorted(entries, key=_graded_at)
        if entry.max_points is not None
    }
    columns = tuple(map(plain_line, roster.columns)) if roster else ()
    return BookRows(
        students=students,
        slugs=tuple(slugs),
        columns=columns,
        max_points=most,
        identical=_find_identical(students, exercises),
        starters={exercise.slug: _starter(exercise) for exercise in exercises},
    )


def _graded_at(entry: BookEntry) -> str:
    return entry.latest.graded_at.isoformat() if entry.latest else ""


def _join(
    by_student: Mapping[Student, Mapping[str, BookEntry]],
    roster: Roster | None,
    deadlines: Deadlines | None,
) -> tuple[BookStudent, ...]:
    of_person: dict[str, list[Student]] = defaultdict(list)
    unknown: list[Student] = []
    for student in sorted(by_student, key=lambda one: one.label):
        person = roster.find(student.label, student.name) if roster else None
        if person is None:
            unknown.append(student)
        else:
            of_person[person.id].append(student)
    rows: list[BookStudent] = []
    for person in roster.people if roster else ():
        # Two folders for one person: the one with his very id is his.
        theirs = sorted(of_person[person.id], key=lambda one: (one.label != person.id, one.label))
        if len(theirs) > 1 and theirs[0].label != person.id:
            unknown += theirs
            theirs = []
        unknown += theirs[1:]
        student = theirs[0] if theirs else Student(person.id)
        rows.append(_of_person(person, student, by_student.get(student, {}), deadlines))
    for student in sorted(unknown, key=lambda one: one.label):
        label = plain_line(student.label)
        aliases = frozenset({same_name(student.label), same_name(student.name)} - {""})
        rows.append(
            BookStudent(
                id=label,
                name=plain_line(student.name),
                section="",
                is_tutor=False,
                is_known=roster is None,
                key=key_of(student),
                label=label,
                entries=by_student[student],
                cells={},
                lateness=_lateness(deadlines, aliases, by_student[student]),
                aliases=aliases,
            )
        )
    return tuple(rows)


def _of_person(
    person: Person,
    student: Student,
    entries: Mapping[str, BookEntry],
    deadlines: Deadlines | None,
) -> BookStudent:
    aliases = person.aliases | ({same_name(student.label)} if entries else set())
    return BookStudent(
        id=plain_line(person.id),
        name=plain_line(person.name or student.name),
        section=plain_line(person.section),
        is_tutor=person.is_tutor,
        is_known=True,
        key=key_of(student),
        label=plain_line(student.label) if entries else "",
        entries=entries,
        cells={plain_line(name): plain_line(cell) for name, cell in person.cells.items()},
        lateness=_lateness(deadlines, aliases, entries),
        aliases=aliases,
    )


def _lateness(
    deadlines: Deadlines | None, aliases: frozenset[str], entries: Mapping[str, BookEntry]
) -> dict[str, Lateness]:
    found = {
        slug: deadlines.lateness(aliases, slug, entry.handed.handed_in_at)
        for slug, entry in entries.items()
        if deadlines is not None and entry.handed is not None
    }
    return {slug: late for slug, late in found.items() if late is not None}


# -- equal work ----------------------------------------------------------------------------


def _find_identical(
    students: Sequence[BookStudent], exercises: Iterable[Exercise]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Equal work of different students; the starter, the solution and tutors are left out."""
    common = {exercise.slug: _digests_of_course(exercise) for exercise in exercises}
    groups: dict[tuple[str, str], list[BookStudent]] = defaultdict(list)
    for student in students:
        for slug, entry in student.entries.items():
            if student.is_tutor or entry.handed is None or not entry.handed.files:
                continue
            files = {name: text.encode() for name, text in entry.handed.files.items()}
            digest = _digest(Submission(files))
            if digest not in common.get(slug, ()):
                groups[slug, digest].append(student)
    return {
        (one.key, slug): tuple(other.id for other in group if other is not one)
        for (slug, _), group in groups.items()
        for one in group
        if len(group) > 1
    }


def _starter(exercise: Exercise) -> dict[str, str]:
    try:
        files = take(exercise, exercise.folder).files
    except SubmissionError:  # such as a starter that is empty
        return {}
    return {name: content.decode("utf-8") for name, content in files.items()}


def _digests_of_course(exercise: Exercise) -> set[str]:
    found = set()
    for folder in (exercise.folder, exercise.folder / "solution"):
        try:
            found.add(_digest(take(exercise, folder)))
        except (SubmissionError, UsageError):  # such as an exercise without a solution
            continue
    return found


def _digest(submission: Submission) -> str:
    lines = normalise(submission)
    return digest_of(
        [(name, hashlib.sha256(b"\n".join(lines[name])).hexdigest()) for name in sorted(lines)]
    )
