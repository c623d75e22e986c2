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

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from checker.classroom.book_entries import (
    BookEntry,
    Handed,
    Override,
    StoredGrade,
    Versions,
    grade_data,
    grade_from,
    handed_data,
    handed_from,
    key_of,
    override_data,
    override_from,
)
from checker.classroom.build_pictures import DrawnBuild, GradedBuilds, unpacked
from checker.classroom.deadlines import Deadlines
from checker.classroom.layouts import Student
from checker.classroom.roster import Roster
from checker.errors import UsageError
from checker.plain_text import plain_line
from checker.results import Grade
from sandbox import atomic

VERSION = 1
_BOOK, _ROSTER, _LOCK = "book.json", "roster.json", ".lock"
_DEADLINES = "deadlines.json"
_STUDENTS, _STUDENT = "students", "student.json"


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
        # A book has thousands of entries, so each look at the disk counts, and each Path as well.
        folder = str(self._place(student, slug))
        there = _names(folder)
        current = _read(f"{folder}/current.json")
        handed = current and _read(f"{folder}/handed-in/{current['digest']}.json")
        grades = [
            grade
            for name in _names(f"{folder}/grades")
            if (data := _read(f"{folder}/grades/{name}")) is not None
            and (grade := grade_from(data)) is not None  # damaged by a power cut: graded again
        ]
        latest = [one for one in grades if handed and one.submission == current["digest"]]
        given = [
            override_from(data)
            for name in (_names(f"{folder}/overrides") if "overrides" in there else ())
            if (data := _read(f"{folder}/overrides/{name}")) is not None
        ]
        aside = _read(f"{folder}/set-aside.json") if "set-aside.json" in there else None
        counts = aside is not None and current is not None and aside["of"] == current["digest"]
        return BookEntry(
            student=student,
            key=key_of(student),
            slug=slug,
            handed=handed_from(handed) if handed else None,
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
            self._write(path, handed_data(handed))
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
        digest, cost = entry.handed.digest, None if builds is None else builds.cost
        stored = StoredGrade(number, digest, versions, grade, at, cost)
        parts = (f"{number:04}", digest, versions.exercise, versions.checker)
        if builds is not None:  # before the grade: one that is there has its pictures
            path = self._builds_path(folder, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(path, builds.packed())
        self._write(
            folder / "grades" / f"{'-'.join(parts)}.json",
            grade_data(entry, stored),
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
            override_data(override),
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


def _names(folder: Path | str) -> list[str]:
    """The names in a folder, in order; none if there is no folder."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _read(path: Path | str) -> Any:
    """The data of a file; None if there is none, or if it was damaged by a power cut."""
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read())
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
