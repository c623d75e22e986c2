"""The learner's work folder: work that is never lost, attempts, and hints that were shown.

``work/SLUG`` belongs to the learner, ``work/.checker/SLUG`` to the checker::

    layout.json      what was laid out, see ``checker.learner.update``
    attempts.jsonl   one line for each grading of changed work; lines are only added
    hints            how many hints were shown, a number
    backups/TIME/    files that ``reset``, or a new version of the exercise, has replaced
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checker.exercise import Exercise
from checker.learner.manifest import Manifest, sources
from checker.results import Grade, Verdict

WORK_VARIABLE = "BUILDKIT_LAB_WORK"
WRITABLE = f"free disk if it is full; otherwise set {WORK_VARIABLE} to a folder that you can write"
"""The next step if the work folder could not be written."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One grading of the learner's own work."""

    at: datetime
    verdict: Verdict
    points: int
    max_points: int


@dataclass(frozen=True, slots=True)
class Workspace:
    """All of a learner's work. ``root`` need not exist yet."""

    root: Path

    @classmethod
    def of_course(cls, exercises: Path, environment: Mapping[str, str] | None = None) -> Workspace:
        """The folder that the environment names, else ``work`` beside the folder of exercises."""
        named = (os.environ if environment is None else environment).get(WORK_VARIABLE)
        return cls(Path(named).resolve() if named else exercises.parent / "work")

    def folder(self, exercise: Exercise) -> Path:
        return self.root / exercise.slug

    def task(self, exercise: Exercise) -> Path:
        """The task's text, in the work folder."""
        return self.folder(exercise) / exercise.readme.name

    def start(self, exercise: Exercise) -> bool:
        """Copy context, task and starter to the work folder; False if it is there already.

        Existing work stays as it is. The folder appears whole or not at all.
        """
        folder = self.folder(exercise)
        if folder.exists():
            return False
        own = self.own(exercise)
        own.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=own) as temporary:
            made = Path(temporary) / exercise.slug
            shutil.copytree(exercise.context, made, symlinks=True)
            for name, source in sources(exercise).items():
                if source.parent == exercise.folder:
                    shutil.copy(source, made / name)
            self.write_manifest(exercise, Manifest.of(exercise))
            try:
                made.rename(folder)
            except OSError:  # another `start` was quicker, and its folder stays
                if not folder.is_dir():
                    raise
                return False
        return True

    def reset(self, exercise: Exercise) -> Path | None:
        """Start the exercise again; returns the backup of the work, None if there was no work."""
        folder, kept = self.folder(exercise), None
        if folder.exists():
            kept = folder.rename(self.new_backup(exercise))
        self.start(exercise)
        return kept

    def save(self, exercise: Exercise, name: str, content: bytes) -> None:
        """Write one of the learner's files, whole or not at all; first starts the exercise."""
        self.start(exercise)
        own = self.own(exercise)
        own.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=own) as temporary:
            made = Path(temporary) / name
            with made.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            made.replace(self.folder(exercise) / name)

    def keep(self, exercise: Exercise, files: Mapping[str, bytes]) -> Path:
        """Back up versions of files; returns the backup's folder."""
        folder = self.new_backup(exercise)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder

    def new_backup(self, exercise: Exercise) -> Path:
        """A new, empty folder for a backup."""
        folder = self.own(exercise) / "backups" / stamp()
        folder.mkdir(parents=True)
        return folder

    def manifest(self, exercise: Exercise) -> Manifest | None:
        """The files that were laid out; None if an old version of the lab kept no manifest."""
        return Manifest.load(self._layout(exercise))

    def write_manifest(self, exercise: Exercise, layout: Manifest) -> None:
        """Record which files were laid out."""
        self.own(exercise).mkdir(parents=True, exist_ok=True)
        layout.save(self._layout(exercise))

    def holds(self, exercise: Exercise, path: Path) -> bool:
        """Whether ``path`` is in this learner's work on the exercise, not in somebody else's."""
        return path.resolve().is_relative_to(self.folder(exercise).resolve())

    def record(self, exercise: Exercise, grade: Grade) -> None:
        """Record a grading, unless the machine failed: such a grading is not an attempt."""
        if grade.verdict is Verdict.INFRASTRUCTURE:
            return
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "verdict": grade.verdict.value,
            "points": grade.points,
            "max_points": grade.max_points,
        }
        path = self.own(exercise) / "attempts.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        # One write of one short line: two gradings at once cannot mix their lines.
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def attempts(self, exercise: Exercise) -> tuple[Attempt, ...]:
        """All gradings so far, oldest first. A line that a crash has cut off is skipped."""
        path = self.own(exercise) / "attempts.jsonl"
        if not path.is_file():
            return ()
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(attempt for line in lines if (attempt := _read_attempt(line)) is not None)

    def hints_shown(self, exercise: Exercise) -> int:
        """How many hints the learner has seen."""
        try:
            return int((self.own(exercise) / "hints").read_text(encoding="ascii"))
        except (OSError, ValueError):  # the file is missing or unreadable
            return 0

    def show_hints(self, exercise: Exercise, count: int) -> None:
        """Record that the learner has seen ``count`` hints."""
        path = self.own(exercise) / "hints"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(count), encoding="ascii")

    def own(self, exercise: Exercise) -> Path:
        """The checker's own folder for the exercise."""
        return self.root / ".checker" / exercise.slug

    def _layout(self, exercise: Exercise) -> Path:
        return self.own(exercise) / "layout.json"


def refusal(error: OSError) -> str:
    """An error of the machine in a sentence, without Python's own words."""
    where = f": {error.filename}" if error.filename else ""
    return f"This machine refused: {error.strerror or error}{where}."


def stamp() -> str:
    """The time in UTC, as a name for a backup."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _read_attempt(line: str) -> Attempt | None:
    try:
        item = json.loads(line)
        return Attempt(
            datetime.fromisoformat(item["at"]),
            Verdict(item["verdict"]),
            int(item["points"]),
            int(item["max_points"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
