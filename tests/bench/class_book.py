"""Makes a big grade book, as a class of 300 fills it: ``python class_book.py FOLDER STUDENTS``.

Each student has handed in every exercise of the course. Grades are made up; the checks, the starter
and the picture of the build are those of the course.
"""

from __future__ import annotations

import csv
import io
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checker import CheckResult, Exercise, Grade, Status, Verdict, exercises_folder, load
from checker.classroom.book_entries import Handed, Versions
from checker.classroom.build_pictures import Cost, DrawnBuild, GradedBuilds
from checker.classroom.gradebook import GradeBook
from checker.classroom.layouts import Student
from checker.classroom.roster import Roster
from checker.grading.submission import take

ROOT = Path(__file__).parents[2]
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_MESSAGE = """\
The build ran 7 of 12 steps again, in 3.2 s.
- RUN sh install.sh ran again after a change of program.sh
- COPY . . ran again after a change of program.sh
Wanted: nothing but COPY runs again."""


def make(folder: Path, students: int) -> None:
    """Make a book with a grade of each student in each exercise."""
    os.fsync = lambda _: None  # nobody needs this book after a power cut
    exercises = [load(path.parent) for path in sorted(exercises_folder({}).glob("*/exercise.toml"))]
    starters = {one.slug: take(one, one.folder).files for one in exercises}
    picture = (ROOT / "lessons" / "01-dag-builds" / "graph.svg").read_text()
    randomly = random.Random(1)
    with GradeBook(folder).open() as book:
        book.write_roster(_roster(folder.with_suffix(".csv"), students))
        for number in range(students * len(exercises)):
            student = Student(f"{number // len(exercises):04}", f"Ada Lovelace {number}", "moodle")
            exercise = exercises[number % len(exercises)]
            at = _FIRST + timedelta(minutes=number)
            files = {
                name: f"{content.decode()}# {student.label}\n"
                for name, content in starters[exercise.slug].items()
            }
            entry = book.hand_in(student, exercise.slug, Handed(files, None, at, "zip"))
            drawn = tuple(DrawnBuild(n, "docker buildx build .", (picture,)) for n in (1, 2))
            builds = GradedBuilds(Cost(2, randomly.uniform(1, 20), 9_000_000, 4_000_000), drawn)
            versions = Versions("0" * 16, "1" * 16)
            book.add_grade(entry, _grade(exercise, randomly), versions, at=at, builds=builds)


def _grade(exercise: Exercise, randomly: random.Random) -> Grade:
    checks = []
    for one in exercise.checks:
        passed = randomly.random() < 0.7
        checks.append(
            CheckResult(
                id=one.id,
                kind=one.kind,
                title=one.title,
                status=Status.PASSED if passed else Status.FAILED,
                points=one.points if passed else 0,
                max_points=one.points,
                message=_MESSAGE,
                hint=one.hint,
                evidence={"ran_again": 7, "steps": ["RUN sh install.sh", "COPY . ."] * 3},
            )
        )
    all_passed = all(one.status is Status.PASSED for one in checks)
    verdict = Verdict.PASSED if all_passed else Verdict.FAILED
    return Grade(exercise.slug, exercise.title, verdict, randomly.uniform(2, 30), tuple(checks))


def _roster(path: Path, students: int) -> Roster:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section"])
    for number in range(students):
        name, login = f"Lovelace, Ada {number}", f"ada{number}"
        lines.writerow([name, f"{number:04}", f"u{number}", login, f"group {number % 5}"])
    path.write_text(text.getvalue())
    return Roster.read(path)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
