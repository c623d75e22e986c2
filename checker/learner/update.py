"""Brings a started exercise to the course's new version, without losing the learner's work.

``work/.checker/SLUG/layout.json`` lists what ``checker start`` laid out. The files that the
learner hands in stay as they are. Of the others, those that the course has changed are replaced;
if the learner changed one too, it goes to a backup first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.exercise import Exercise
from checker.learner.manifest import Manifest, digest, sources
from checker.learner.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """The change to one file.

    Args:
        name: Its path in the learner's folder.
        what: ``put`` (the course's version), ``remove``, or ``stays`` (the learner's version,
            though the course has another starter now).
        keeps: Whether the learner's version goes to the backup.
    """

    name: str
    what: str
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """All changes, and the backup folder; None if no version of the learner's was replaced."""

    slug: str
    changes: tuple[FileUpdate, ...]
    backup: Path | None

    def told(self) -> str:
        """A few sentences for the learner."""
        parts = [f"{self.slug} has changed since you started it."]
        for what, said in (("put", "Renewed"), ("remove", "Removed")):
            if names := [change.name for change in self.changes if change.what == what]:
                parts.append(f"{said}: {', '.join(names)}.")
        if names := [change.name for change in self.changes if change.what == "stays"]:
            parts.append(f"As you wrote it: {', '.join(names)}.")
        if self.backup is not None:
            kept = ", ".join(change.name for change in self.changes if change.keeps)
            parts.append(f"Your version of {kept} is kept in {self.backup}.")
        return " ".join(parts)


def is_outdated(workspace: Workspace, exercise: Exercise) -> bool:
    """Whether ``update_work`` would change something."""
    return any(_changes(workspace, exercise))


def update_work(workspace: Workspace, exercise: Exercise) -> Update | None:
    """Bring a started exercise to the course's version; None if it is up to date.

    If the process is killed during an update, the next update continues where this one stopped.
    """
    folder, layout = workspace.folder(exercise), Manifest.of(exercise)
    if not folder.is_dir() or workspace.manifest(exercise) == layout:
        return None
    changes = tuple(_changes(workspace, exercise))
    backup = workspace.new_backup(exercise) if any(c.keeps for c in changes) else None
    given = sources(exercise)
    workspace.own(exercise).mkdir(parents=True, exist_ok=True)
    for change in changes:
        if change.keeps and backup is not None:
            _set_aside(folder, change.name, backup)
        if change.what == "put":
            _put(given[change.name], folder / change.name, workspace.own(exercise))
        elif change.what == "remove":
            (folder / change.name).unlink(missing_ok=True)
    workspace.write_manifest(exercise, layout)
    return Update(exercise.slug, changes, backup) if changes else None


def _changes(workspace: Workspace, exercise: Exercise) -> Iterator[FileUpdate]:
    folder = workspace.folder(exercise)
    if not folder.is_dir():
        return
    before, now = workspace.manifest(exercise), Manifest.of(exercise)
    if before == now:
        return
    old = before.digests if before is not None else {}
    for name in sorted({*old, *now.digests}):
        was, wanted = old.get(name), now.digests.get(name)
        there = digest(folder / name)
        if wanted is None:
            if there is not None and there == was:
                yield FileUpdate(name, "remove")
        elif wanted in (was, there):
            continue  # the course has not changed the file, or its version is there already
        elif name not in exercise.submit:
            is_untouched = there is not None and there == was
            is_free = is_untouched or _obstacle(folder, name) is None
            yield FileUpdate(name, "put", keeps=not is_free)
        elif there == was:  # an untouched starter, or a new file to hand in
            yield FileUpdate(name, "put")
        elif there is not None and before is not None:
            yield FileUpdate(name, "stays")


def _obstacle(folder: Path, name: str) -> Path | None:
    """The path that blocks a file: its old version, or a file in place of a parent folder."""
    path = folder
    for part in Path(name).parts:
        path /= part
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            return path
    return path if path.exists() else None


def _set_aside(folder: Path, name: str, backup: Path) -> None:
    path = _obstacle(folder, name)
    if path is None:
        return
    kept = backup / path.relative_to(folder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    path.rename(kept)


def _put(source: Path, path: Path, own: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=own) as temporary:
        made = Path(temporary) / path.name
        shutil.copy(source, made)
        made.replace(path)
