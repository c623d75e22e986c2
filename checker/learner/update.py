"""A new version of an exercise that was started before: renewed, and no work lost.

``work/.checker/SLUG/layout.json`` says what ``checker start`` laid out. What the learner
hands in stays theirs. Of the other files those that the course has changed are renewed; one
that the learner had changed as well goes to a backup first.
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
    """What becomes of one file.

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
    """What was done, and where the learner's versions are; ``backup`` None: none was in the way."""

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
    """Whether ``update_work`` would have something to tell."""
    return any(_changes(workspace, exercise))


def update_work(workspace: Workspace, exercise: Exercise) -> Update | None:
    """Bring a started exercise to the course's version; None when there was nothing to do.

    Can be killed at any moment: the next one goes on where it ended.
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
            continue  # the course's file is as it was, or is there already
        elif name not in exercise.submit:
            is_untouched = there is not None and there == was
            is_free = is_untouched or _obstacle(folder, name) is None
            yield FileUpdate(name, "put", keeps=not is_free)
        elif there == was:  # an untouched starter, or a new file to be handed in
            yield FileUpdate(name, "put")
        elif there is not None and before is not None:
            yield FileUpdate(name, "stays")


def _obstacle(folder: Path, name: str) -> Path | None:
    """What stands where the file goes: it, or what should be a folder above it and is none."""
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
