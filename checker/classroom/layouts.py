"""Finds out whose work on which exercise each file is, in the layouts that platforms give out.

Layouts, each also below a folder for each exercise::

    folders    STUDENT/SLUG/FILE, STUDENT/FILE for one exercise; also deeper, as in git checkouts
               and in homes (STUDENT/work/SLUG/FILE)
    exercises  SLUG/STUDENT/FILE
    moodle     NAME_PARTICIPANT_assignsubmission_file_/FILE
    canvas     NAME_USER_SUBMISSION_FILE

Source: mod/assign/locallib.php of Moodle; lib/submissions_zip of Canvas.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from checker.classroom.handed_in import ClassFiles, HandedInFile, told
from checker.errors import UsageError
from checker.exercise import Exercise
from checker.plain_text import plain_line

_MOODLE = re.compile(
    r"(?P<name>.*?)_(?P<id>[0-9]+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL
)
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>[0-9]+)_(?P<submission>[0-9]+)_(?P<file>.+)", re.DOTALL
)
_AGAIN = re.compile(r"(?P<name>.+?)-(?P<number>[0-9]{1,4})(?P<suffix>\.[^.]*)?")
"""A file that was handed in to Canvas again: ``build-1.cmd``, ``Dockerfile-2``."""
_WORK = "work"
"""The folder that holds a learner's exercises, in a checkout or a home."""


class Layout(StrEnum):
    """How the files of a class are laid out; see the module."""

    FOLDERS = "folders"
    EXERCISES = "exercises"
    MOODLE = "moodle"
    CANVAS = "canvas"


@dataclass(frozen=True, slots=True)
class Student:
    """A student as the submissions name him.

    Args:
        label: The name of his folder, or his number on the platform. It may hold anything.
        name: His name, if the platform gives one.
        platform: ``moodle`` or ``canvas``, if that is who named him; else empty.
    """

    label: str
    name: str = ""
    platform: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PlacedWork:
    """One student's work on one exercise.

    Args:
        student: The student.
        exercise: The exercise.
        files: The files that the exercise takes, by name, as far as they are there.
        doubles: Names of files that are there twice.
    """

    student: Student
    exercise: Exercise
    files: Mapping[str, HandedInFile]
    doubles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """The work of a class, and what is nobody's: a place, and the reason."""

    work: tuple[PlacedWork, ...]
    unplaced: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Owned:
    """A file of a student; ``rest`` is its path below the student's folder."""

    student: Student
    rest: tuple[str, ...]
    file: HandedInFile


def place(
    found: ClassFiles,
    exercises: Sequence[Exercise],
    slugs: Sequence[str],
    layout: Layout | None = None,
    *,
    peels: bool = True,
) -> Placement:
    """Place each file.

    Args:
        found: The files.
        exercises: The exercises that are graded.
        slugs: The slugs of all exercises of the course.
        layout: The layout; None: it is recognised by the names.
        peels: Whether a folder around all others does not count. In a folder that is watched it
            does: if only one student has begun, another folder around his work would make him
            somebody else.

    Raises:
        UsageError: The layout cannot be told.
    """
    places = _Places(exercises, slugs)
    files = places.peeled(found.files) if peels else found.files
    layout = layout or _recognise(files, places)
    unplaced: dict[str, str] = dict(found.unread)
    unplaced |= {plain_line(top): "holds no file" for top in found.empty}
    owned: dict[str, list[_Owned]] = defaultdict(list)
    for file in files:
        one = places.owner(file, layout)
        if one is None:
            unplaced.setdefault(told(file.path[:2]), f"is in no student's place (layout {layout})")
        else:
            owned[one.student.label].append(one)
    work: list[PlacedWork] = []
    for _, theirs in sorted(owned.items()):
        placed, reasons = places.assign(theirs)
        work += placed
        unplaced |= reasons
    return Placement(tuple(work), tuple(sorted(unplaced.items())))


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _recognise(files: Sequence[HandedInFile], places: _Places) -> Layout:
    """The layout that nearly all names at the top have.

    Raises:
        UsageError: There are two of them.
    """
    tops = {file.path[0] for file in files}
    below = {file.path[1] for file in files if places.slug(file.path[0]) and file.path[1:]}
    kinds = Counter(_kind(name, places) for name in tops)
    if kinds[Layout.EXERCISES]:
        inner = Counter(_kind(name, places) for name in below)
        platform = inner.most_common(1)[0][0] if inner else Layout.FOLDERS
        if platform in (Layout.MOODLE, Layout.CANVAS):
            kinds[platform] += kinds.pop(Layout.EXERCISES)
    if not kinds:
        return Layout.FOLDERS
    (most, count), *_ = kinds.most_common(1)
    if count * 10 < kinds.total() * 8:
        seen = " and ".join(sorted(kind for kind, number in kinds.items() if number))
        raise UsageError(
            f"The submissions may have several layouts: {seen}.",
            next_step=f"name the layout: --layout {most}",
        )
    return most


def _kind(name: str, places: _Places) -> Layout:
    if places.slug(name):
        return Layout.EXERCISES
    if _MOODLE.fullmatch(name):
        return Layout.MOODLE
    return Layout.CANVAS if _CANVAS.fullmatch(name) else Layout.FOLDERS


class _Places:
    """Knows the exercises, and so the places of their files."""

    def __init__(self, exercises: Sequence[Exercise], slugs: Sequence[str]) -> None:
        self._exercises = {exercise.slug: exercise for exercise in exercises}
        self._slugs = {_same(slug): slug for slug in slugs}
        self._wanted = {name for exercise in exercises for name in exercise.submit}

    def slug(self, name: str) -> str | None:
        """The exercise of that name, graded or not."""
        return self._slugs.get(_same(name))

    def peeled(self, files: Sequence[HandedInFile]) -> tuple[HandedInFile, ...]:
        """The files without a folder around all of them, unless that is the one student's."""
        tops = {file.path[0] for file in files}
        if len(tops) != 1 or any(len(file.path) == 1 for file in files):
            return tuple(files)
        if _kind(next(iter(tops)), self) is not Layout.FOLDERS or self._is_student(files):
            return tuple(files)
        return tuple(
            HandedInFile(file.path[1:], file.beginning, file.handed_in_at, file.time_source)
            for file in files
        )

    def _is_student(self, files: Iterable[HandedInFile]) -> bool:
        """Whether the one folder is a student's: exercises, or files of one, are right below."""
        for file in files:
            inner = file.path[1:-1]
            if _same(inner[0] if inner else "") == _WORK:
                return True
            is_slug = len(inner) == 1 and self.slug(inner[0]) is not None
            if file.path[-1] in self._wanted and (not inner or is_slug):
                return True
        return False

    def owner(self, file: HandedInFile, layout: Layout) -> _Owned | None:
        """The student whose file it is; None: the layout does not say."""
        slug = self.slug(file.path[0])
        below, path = ((slug,), file.path[1:]) if slug else ((), file.path)
        if not path:
            return None
        if layout is Layout.MOODLE:
            return _platform_owner(layout, _MOODLE.fullmatch(path[0]), below, path, file)
        if layout is Layout.CANVAS:
            return _platform_owner(layout, _CANVAS.fullmatch(path[0]), below, path, file)
        if len(path) < 2 or (layout is Layout.EXERCISES) is not (slug is not None):
            return None
        return _Owned(Student(path[0]), (*below, *path[1:]), file)

    def assign(self, theirs: Sequence[_Owned]) -> tuple[list[PlacedWork], dict[str, str]]:
        """A student's work on each exercise, and what of it has no place."""
        by_folder: dict[tuple[str, tuple[str, ...]], list[_Owned]] = defaultdict(list)
        loose: list[_Owned] = []
        for one in theirs:
            at = next((n for n, part in enumerate(one.rest[:-1]) if self.slug(part)), None)
            if at is None:
                loose.append(one)
            else:
                slug = self.slug(one.rest[at])
                assert slug is not None
                by_folder[slug, one.rest[: at + 1]].append(one)
        folders: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for slug, folder in by_folder:
            folders[slug].append(folder)
        placed: list[PlacedWork] = []
        reasons: dict[str, str] = {}
        student = _named(theirs)
        for slug, candidates in sorted(folders.items()):
            if slug not in self._exercises:  # not asked for
                continue
            nearest = _nearest(candidates)
            if nearest is None:
                where = ", ".join(told(one) for one in sorted(candidates))
                reasons[told((student.label, slug))] = f"is in several places: {where}"
                continue
            exercise = self._exercises[slug]
            placed.append(self._work(student, exercise, by_folder[slug, nearest], len(nearest)))
        if not folders:
            self._assign_loose(student, loose, placed, reasons)
        elif not placed and not reasons:
            stray = [one for one in loose if one.rest[-1] in self._wanted]
            why = "lies beside the folders of exercises that are not graded now"
            reasons |= {told((student.label, *one.rest)): why for one in stray}
        return placed, reasons

    def _assign_loose(
        self,
        student: Student,
        loose: Sequence[_Owned],
        placed: list[PlacedWork],
        reasons: dict[str, str],
    ) -> None:
        """Place files that are in no exercise's folder: they are the one exercise's, if any."""
        label = plain_line(student.label)
        if len(self._exercises) != 1:
            reasons[label] = "has no exercise's folder; for one exercise, name it with --exercise"
            return
        (exercise,) = self._exercises.values()
        mine = [one for one in loose if self._submitted(one.rest[-1], exercise)]
        folders = {one.rest[:-1] for one in mine or loose}
        nearest = min(len(folder) for folder in folders)
        if mine and sum(len(folder) == nearest for folder in folders) > 1:
            where = ", ".join(told(folder) or "." for folder in sorted(folders))
            reasons[told((student.label, exercise.slug))] = f"is in several places: {where}"
            return
        placed.append(self._work(student, exercise, loose, nearest))

    def _work(
        self, student: Student, exercise: Exercise, theirs: Iterable[_Owned], depth: int
    ) -> PlacedWork:
        """The files that the exercise takes, of those that lie so deep; a later one counts."""
        files: dict[str, tuple[int, HandedInFile]] = {}
        doubles = set()
        for one in theirs:
            if len(one.rest) != depth + 1:
                continue
            if (submitted := self._submitted(one.rest[-1], exercise)) is None:
                continue
            name, number = submitted
            if name in files and files[name][0] == number:
                doubles.add(name)
            if name not in files or number > files[name][0]:
                files[name] = number, one.file
                doubles.discard(name)
        return PlacedWork(
            student,
            exercise,
            {name: file for name, (_, file) in sorted(files.items())},
            frozenset(doubles),
        )

    @staticmethod
    def _submitted(name: str, exercise: Exercise) -> tuple[str, int] | None:
        """The name that the exercise takes, and which repetition of it this file is."""
        if name in exercise.submit:
            return name, 0
        again = _AGAIN.fullmatch(name)
        if again is not None and again["name"] + (again["suffix"] or "") in exercise.submit:
            return again["name"] + (again["suffix"] or ""), int(again["number"])
        return None


def _platform_owner(
    layout: Layout,
    match: re.Match[str] | None,
    below: tuple[str, ...],
    path: tuple[str, ...],
    file: HandedInFile,
) -> _Owned | None:
    """The owner that the first part of a path names; a single file has its name there, too."""
    if match is None:
        return None
    rest = path[1:] or (match["file"],)
    return _Owned(Student(match["id"], match["name"], layout.value), (*below, *rest), file)


def _named(theirs: Sequence[_Owned]) -> Student:
    """The student, by the first of the names that the files have for him."""
    return min((one.student for one in theirs), key=lambda student: student.name)


def _nearest(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The one folder that is nearest to the top; of several, the one in ``work``; else None."""
    depth = min(len(folder) for folder in folders)
    near = [folder for folder in folders if len(folder) == depth]
    if len(near) == 1:
        return near[0]
    in_work = [folder for folder in near if _WORK in folder]
    return in_work[0] if len(in_work) == 1 else None
