"""The learner's copies of the lessons: what is run and changed there stays out of the checkout.

The copies lie in ``work`` beside the folder of the lessons, so that a path relative to a lesson
leads to the same file from its copy. ``work/.checker/lessons/layout.json`` lists what was copied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.errors import UsageError
from checker.learner.manifest import Manifest
from checker.learner.workspace import stamp
from sandbox import atomic


@dataclass(frozen=True, slots=True)
class LessonCopies:
    """The copies of a course's lessons.

    Args:
        lessons: The folder with the notebooks of the course.
    """

    lessons: Path

    @property
    def folder(self) -> Path:
        """The folder of the copies; it need not exist yet."""
        return self.lessons.parent / "work"

    @property
    def _own(self) -> Path:
        return self.folder / ".checker" / "lessons"

    def find(self, beginning: str) -> str:
        """The file name of the lesson whose name begins so, such as ``01``.

        Raises:
            UsageError: No lesson's name begins so, or several do.
        """
        names = [path.name for path in self._originals()]
        found = [name for name in names if beginning and name.startswith(beginning)]
        if len(found) != 1:
            raise UsageError(
                f"{'Several lessons begin' if found else 'No lesson begins'} with {beginning!r}.",
                next_step=f"the lessons are {', '.join(Path(name).stem for name in names)}",
            )
        return found[0]

    def update(self) -> tuple[str, ...]:
        """Copy new and changed lessons; a copy whose cells the learner has changed stays.

        Returns:
            The file names of lessons that the course has changed and whose copies stayed.

        Raises:
            UsageError: The course has no lessons.
            OSError: The folder cannot be written.
        """
        before = Manifest.load(self._own / "layout.json") or Manifest({})
        wanted = {path.name: cells_digest(path) for path in self._originals()}
        stayed = []
        laid_out = dict(before.digests)
        for name, digest in wanted.items():
            copy, was = self.folder / name, before.digests.get(name)
            there = cells_digest(copy) if copy.exists() else None
            if there not in (None, was, digest):
                if was != digest:
                    stayed.append(name)
                continue
            if there != digest:
                self._copy(name)
            laid_out[name] = digest
        self._record(laid_out)
        return tuple(stayed)

    def start_afresh(self, name: str) -> Path | None:
        """Copy a lesson again; returns where the old copy is kept, None if there was none.

        Raises:
            OSError: The folder cannot be written.
        """
        copy, kept = self.folder / name, None
        if copy.exists():
            folder = self._own / "backups" / stamp()
            folder.mkdir(parents=True)
            kept = copy.rename(folder / name)
        self._copy(name)
        before = Manifest.load(self._own / "layout.json") or Manifest({})
        self._record({**before.digests, name: cells_digest(copy)})
        return kept

    def _originals(self) -> Sequence[Path]:
        if not (found := sorted(self.lessons.glob("*.ipynb"))):
            raise UsageError(
                f"There is no lesson in {self.lessons}.",
                next_step="run this from a checkout of the course, with its own exercises",
            )
        return found

    def _copy(self, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = (self.lessons / name).read_text(encoding="utf-8")
        atomic.write_text(self.folder / name, text)

    def _record(self, digests: dict[str, str]) -> None:
        self._own.mkdir(parents=True, exist_ok=True)
        Manifest(digests).save(self._own / "layout.json")


def cells_digest(notebook: Path) -> str:
    """The SHA-256 of the cells' types and sources: running a notebook does not change it.

    A file that is no notebook has the digest of its content.
    """
    content = notebook.read_bytes()
    try:
        cells = [
            (cell["cell_type"], "".join(cell["source"])) for cell in json.loads(content)["cells"]
        ]
        content = json.dumps(cells).encode()
    except (ValueError, KeyError, TypeError):
        pass
    return hashlib.sha256(content).hexdigest()
