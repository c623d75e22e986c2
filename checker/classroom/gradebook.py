"""The grade book: a folder of JSON files, each written whole, which is the only truth.

::

    book.json                                   marks the folder as a book
    roster.json                                 the latest roster
    deadlines.json                              the latest deadlines
    students/KEY/student.json                   the student, as the submissions name him
    students/KEY/SLUG/handed-in/DIGEST.json     what was handed in, and when: never changed
    students/KEY/SLUG/current.json              which of them counts
    students/KEY/SLUG/grades/NNNN-….json        each grading; its name has the digests of what was
                                                handed in, of the exercise, of checker and sandbox
    students/KEY/SLUG/builds/NNNN.json.gz       pictures of the builds of that grading
    students/KEY/SLUG/overrides/NNNN.json       points that a teacher gave, and why
    students/KEY/SLUG/set-aside.json            why it is not graded again

Everything else in the folder is made from these. ``KEY`` is made of letters that every file system
has, and of a digest of the student's own label, whatever that holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from checker.classroom.build_pictures import Cost, DrawnBuild, GradedBuilds, unpacked
from checker.classroom.deadlines import Deadlines
from checker.classroom.layouts import Student
from checker.classroom.roster import Roster
from checker.errors import UsageError
from checker.plain_text import plain_line
from checker.results import Grade
from sandbox import atomic

VERSION = 1
_DIGITS = 16
_BOOK, _ROSTER, _LOCK = "book.json", "roster.json", ".lock"
_DEADLINES = "deadlines.json"
_STUDENTS, _STUDENT = "students", "student.json"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a submission cannot be graded at all, and what to do."""

    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Handed:
    """What a student handed in for an exercise.

    Args:
        files: Texts by name; empty if it was refused.
        refusal: Why it cannot be graded; None: it can.
        handed_in_at: When, in UTC; None: nobody knows.
        time_source: Where the time comes from: ``file``, ``zip`` or ``tar``.
    """

    files: Mapping[str, str]
    refusal: Refusal | None
    handed_in_at: datetime | None
    time_source: str

    @property
    def digest(self) -> str:
        """Of the content; the time does not count."""
        refused = self.refusal and [self.refusal.message, self.refusal.next_step]
        return digest_of([sorted(self.files.items()), refused])


@dataclass(frozen=True, slots=True)
class Versions:
    """What a grade was made by: digests of the exercise, and of checker and sandbox."""

    exercise: str
    checker: str


@dataclass(frozen=True, slots=True)
class StoredGrade:
    """A grade in the book.

    Args:
        number: Later gradings of an entry have higher numbers.
        submission: The digest of what was graded.
        versions: What it was graded by.
        grade: The grade.
        graded_at: When, in UTC.
        cost: What its builds took; None: nothing was built, or the book is older than that.
    """

    number: int
    submission: str
    versions: Versions
    grade: Grade
    graded_at: datetime
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a teacher gave; they win over every grading."""

    points: int
    max_points: int
    why: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class BookEntry:
    """Everything in the book about one student's work on one exercise.

    Args:
        student: The student.
        key: The name of the student's folder in the book.
        slug: The exercise.
        handed: What counts of what was handed in; None: nothing was.
        grades: All gradings, the latest last; those of earlier submissions, too.
        latest: The latest grade of what counts now; None: it has not been graded.
        override: The latest override; None: there is none.
        aside: Why it was set aside; empty: it was not.
    """

    student: Student
    key: str
    slug: str
    handed: Handed | None
    grades: tuple[StoredGrade, ...]
    latest: StoredGrade | None
    override: Override | None
    aside: str

    @property
    def points(self) -> int | None:
        """The points that count; None: a blank."""
        if self.override is not None:
            return self.override.points
        return None if self.latest is None else self.latest.grade.points

    @property
    def max_points(self) -> int | None:
        """The most points that there are; None: a blank."""
        if self.latest is not None:
            return self.latest.grade.max_points
        return None if self.override is None else self.override.max_points

    @property
    def shown_label(self) -> str:
        """The student's label, for messages and reports."""
        return plain_line(self.student.label)


class GradeBook:
    """A grade book.

    Args:
        folder: The folder. ``open`` makes it, and keeps others from writing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def open(self) -> Iterator[Self]:
        """Hold the book for the block; half-written files of killed processes are removed.

        Raises:
            UsageError: Another process holds the book, or the folder holds something else.
        """
        self._refuse_other_folder()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _only_writer(self.folder / _LOCK):
            atomic.remove_partial(self.folder)
            if not (self.folder / _BOOK).exists():
                self._write(self.folder / _BOOK, {})
            yield self

    def require(self) -> None:
        """Raise ``UsageError`` if the folder is no book yet."""
        if not (self.folder / _BOOK).is_file():
            raise UsageError(
                f"There is no grade book at {self.folder}.",
                next_step=f"make it: checker class SUBMISSIONS --book {self.folder}",
            )

    # -- reading ---------------------------------------------------------------------------

    def roster(self) -> Roster | None:
        """The latest roster; None: there is none."""
        data = _read(self.folder / _ROSTER)
        return None if data is None else Roster.from_data(data)

    def deadlines(self) -> Deadlines | None:
        """The latest deadlines; None: there are none."""
        data = _read(self.folder / _DEADLINES)
        return None if data is None else Deadlines.from_json(data)

    def entries(self) -> list[BookEntry]:
        """All entries, in the order of labels and exercises."""
        found: list[BookEntry] = []
        students = self.folder / _STUDENTS
        for key in _names(students):
            student = _read(students / key / _STUDENT)
            if student is not None:
                label = _from_plain(student["label"])
                who = Student(label, student["name"], student.get("platform", ""))
                slugs = [name for name in _names(students / key) if name != _STUDENT]
                found += [self._entry(who, slug) for slug in slugs]
        return sorted(found, key=lambda one: (one.student.label, one.slug))

    def entry(self, student: Student, slug: str) -> BookEntry:
        """The entry of one student's work on one exercise; it may be empty."""
        return self._entry(student, slug)

    def drawn_builds(self, entry: BookEntry) -> tuple[DrawnBuild, ...]:
        """The builds of the latest grade of what counts; empty if none were kept."""
        if entry.latest is None or entry.latest.cost is None:
            return ()
        path = self._builds_path(self._place(entry.student, entry.slug), entry.latest.number)
        try:
            return unpacked(path.read_bytes())
        except (OSError, EOFError, ValueError, KeyError, TypeError):  # as after a power cut
            return ()

    def _entry(self, student: Student, slug: str) -> BookEntry:
        folder = self._place(student, slug)
        there = _names(folder)  # a book has thousands of entries, so each look at the disk counts
        current = _read(folder / "current.json")
        handed = current and _read(folder / "handed-in" / f"{current['digest']}.json")
        stored = [_stored_grade(folder / "grades" / name) for name in _names(folder / "grades")]
        grades = [one for one in stored if one is not None]
        latest = [one for one in grades if handed and one.submission == current["digest"]]
        given = [
            _override(data)
            for name in (_names(folder / "overrides") if "overrides" in there else ())
            if (data := _read(folder / "overrides" / name)) is not None
        ]
        aside = _read(folder / "set-aside.json") if "set-aside.json" in there else None
        counts = aside is not None and current is not None and aside["of"] == current["digest"]
        return BookEntry(
            student=student,
            key=key_of(student),
            slug=slug,
            handed=_handed(handed) if handed else None,
            grades=tuple(grades),
            latest=latest[-1] if latest else None,
            override=given[-1] if given else None,
            aside=aside["why"] if aside and counts else "",
        )

    # -- writing ---------------------------------------------------------------------------

    def write_roster(self, roster: Roster) -> None:
        """Keep the roster, in place of an earlier one."""
        self._write(self.folder / _ROSTER, roster.as_data())

    def write_deadlines(self, deadlines: Deadlines) -> None:
        """Keep the deadlines, in place of earlier ones; the times of handing in stay."""
        self._write(self.folder / _DEADLINES, deadlines.as_data())

    def hand_in(self, student: Student, slug: str, handed: Handed) -> BookEntry:
        """Record what was handed in; a known submission keeps the time that it has."""
        self._write_student(student)
        folder = self._place(student, slug)
        path = folder / "handed-in" / f"{handed.digest}.json"
        if _read(path) is None:
            self._write(path, _handed_data(handed))
        if (_read(folder / "current.json") or {}).get("digest") != handed.digest:
            self._write(folder / "current.json", {"digest": handed.digest})
        return self._entry(student, slug)

    def add_grade(
        self,
        entry: BookEntry,
        grade: Grade,
        versions: Versions,
        *,
        at: datetime,
        builds: GradedBuilds | None = None,
    ) -> BookEntry:
        """Add a grade of what counts now; earlier grades stay. It is no longer set aside.

        Args:
            builds: The builds of the grading; None: nothing was built.
        """
        assert entry.handed is not None
        folder = self._place(entry.student, entry.slug)
        number = max((one.number for one in entry.grades), default=0) + 1
        digest = entry.handed.digest
        parts = (f"{number:04}", digest, versions.exercise, versions.checker)
        if builds is not None:  # before the grade: one that is there has its pictures
            path = self._builds_path(folder, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(path, builds.packed())
        self._write(
            folder / "grades" / f"{'-'.join(parts)}.json",
            {
                "number": number,
                "submission": digest,
                "exercise_digest": versions.exercise,
                "checker_digest": versions.checker,
                "student": entry.shown_label,
                "exercise": entry.slug,
                "verdict": grade.verdict.value,
                "points": grade.points,
                "max_points": grade.max_points,
                "graded_at": at.isoformat(),
                "cost": builds and asdict(builds.cost),
                "grade": grade.as_data(),
            },
        )
        (folder / "set-aside.json").unlink(missing_ok=True)
        return self._entry(entry.student, entry.slug)

    def set_aside(self, entry: BookEntry, why: str) -> None:
        """Record that what counts now is not graded again by itself."""
        assert entry.handed is not None
        self._write(
            self._place(entry.student, entry.slug) / "set-aside.json",
            {"of": entry.handed.digest, "why": why},
        )

    def override(self, student: Student, slug: str, override: Override) -> BookEntry:
        """Record points that win over every grading; earlier overrides stay in the book."""
        self._write_student(student)
        folder = self._place(student, slug) / "overrides"
        number = len(list(folder.glob("*.json"))) + 1
        self._write(
            folder / f"{number:04}.json",
            {
                "points": override.points,
                "max_points": override.max_points,
                "why": override.why,
                "given_at": override.given_at.isoformat(),
            },
        )
        return self._entry(student, slug)

    def _write_student(self, student: Student) -> None:
        path = self.folder / _STUDENTS / key_of(student) / _STUDENT
        named = {"name": plain_line(student.name), "platform": student.platform}
        known = _read(path) or {"label": _to_plain(student.label), "name": ""}
        data = known | {what: value for what, value in named.items() if value}
        if data != known or not path.exists():
            self._write(path, data)

    def _write(self, path: Path, data: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": VERSION, **data}, indent=1, ensure_ascii=True)
        atomic.write_text(path, text + "\n", durable=True)

    def _place(self, student: Student, slug: str) -> Path:
        return self.folder / _STUDENTS / key_of(student) / slug

    @staticmethod
    def _builds_path(folder: Path, number: int) -> Path:
        return folder / "builds" / f"{number:04}.json.gz"

    def _refuse_other_folder(self) -> None:
        if self.folder.is_file():
            raise UsageError(
                f"{self.folder} is a file, and a grade book is a folder.",
                next_step="name another folder with --book",
            )
        is_book = (self.folder / _BOOK).exists() or (self.folder / _LOCK).exists()
        if self.folder.is_dir() and not is_book and any(self.folder.iterdir()):
            raise UsageError(
                f"{self.folder} holds files, and is no grade book.",
                next_step="name an empty folder, or a new one, with --book",
            )


def key_of(student: Student) -> str:
    """The name of a student's folder: two labels never have the same, on any file system."""
    ascii_form = unicodedata.normalize("NFKD", student.label).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^a-z0-9]+", "-", ascii_form.lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(student.label.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable or 'student'}-{digest}"


def digest_of(data: object) -> str:
    """A digest of values that JSON can hold."""
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:_DIGITS]


@contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold the lock at once or not at all; it ends with the process.

    Raises:
        UsageError: Another process holds it.
    """
    import fcntl  # noqa: PLC0415  # Windows has none, and other commands work there

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Another `checker class` is writing to the grade book {path.parent}.",
                next_step="wait until it has ended, or end it; what it graded is kept",
            ) from None
        yield
    finally:
        os.close(descriptor)


def _names(folder: Path) -> list[str]:
    """The names in a folder, in order; none if there is no folder."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _read(path: Path) -> Any:
    """The data of a file; None if there is none, or if it was damaged by a power cut."""
    try:
        data = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(data, dict):
        return None
    if data.get("version") != VERSION:
        raise UsageError(
            f"{path} has the format {data.get('version')}, and this checker reads {VERSION}.",
            next_step="use the checker that wrote the book, or begin another book",
        )
    return data


def _to_plain(label: str) -> str:
    """The label in characters that every JSON can hold; ``_from_plain`` undoes it."""
    return label.encode("unicode_escape").decode("ascii")


def _from_plain(text: str) -> str:
    return text.encode("ascii").decode("unicode_escape")


def _handed_data(handed: Handed) -> dict[str, Any]:
    refusal = handed.refusal
    return {
        "files": dict(handed.files),
        "refusal": refusal and {"message": refusal.message, "next_step": refusal.next_step},
        "handed_in_at": handed.handed_in_at and handed.handed_in_at.isoformat(),
        "time_source": handed.time_source,
    }


def _handed(data: Mapping[str, Any]) -> Handed:
    refusal = data["refusal"]
    at = data["handed_in_at"]
    return Handed(
        files=data["files"],
        refusal=Refusal(**refusal) if refusal else None,
        handed_in_at=datetime.fromisoformat(at) if at else None,
        time_source=data["time_source"],
    )


def _stored_grade(path: Path) -> StoredGrade | None:
    data = _read(path)
    if data is None:
        return None
    try:
        return StoredGrade(
            number=data["number"],
            submission=data["submission"],
            versions=Versions(data["exercise_digest"], data["checker_digest"]),
            grade=Grade.from_data(data["grade"]),
            graded_at=datetime.fromisoformat(data["graded_at"]),
            cost=Cost(**cost) if (cost := data.get("cost")) else None,
        )
    except (KeyError, TypeError, ValueError):  # as after a power cut: it is graded again
        return None


def _override(data: Mapping[str, Any]) -> Override:
    return Override(
        data["points"],
        data["max_points"],
        data["why"],
        datetime.fromisoformat(data["given_at"]).astimezone(UTC),
    )
