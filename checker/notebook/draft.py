"""The files in the editor: it loads and saves them, and never loses a version."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from checker.errors import CheckerError, UsageError
from checker.exercise import Exercise
from checker.learner.manifest import sources
from checker.learner.workspace import Workspace

LARGEST_BYTES = 100_000
"""A larger file is not shown beside the learner's own."""
Texts = Mapping[str, str]
"""The text of each file that an exercise takes, by its name."""


class ChangedOnDiskError(CheckerError):
    """Somebody else changed a file since it was loaded; nothing was written."""

    exit_code = 1


class Draft:
    """The files that an exercise takes, in the work folder; they are written together.

    Args:
        exercise: Started first, if the work folder does not have it.
        workspace: The learner's work folder.

    Raises:
        OSError: The folder cannot be written.
    """

    def __init__(self, exercise: Exercise, workspace: Workspace) -> None:
        self.exercise = exercise
        self.names = exercise.submit
        self._workspace = workspace
        self._loaded: dict[str, bytes | None] = {}

    @property
    def folder(self) -> Path:
        return self._workspace.folder(self.exercise)

    @property
    def task(self) -> Path:
        """The task's text."""
        return self._workspace.task(self.exercise)

    def path(self, name: str) -> Path:
        return self.folder / name

    def load(self) -> Texts:
        """The texts as they are on disk now; empty for a missing file.

        Raises:
            UsageError: A file is not a text file.
        """
        self._workspace.start(self.exercise)
        there = {name: self._read(name) for name in self.names}
        texts = {name: self._decoded(name, content) for name, content in there.items()}
        self._loaded = there
        return texts

    def others(self) -> Texts:
        """The other text files of the exercise, as they are on disk now, without the task.

        Files that are no text, or too large to read, are left out.
        """
        found = {}
        for name in sources(self.exercise):
            path = self.path(name)
            if name in self.names or path == self.task or not path.is_file():
                continue
            if path.stat().st_size <= LARGEST_BYTES:
                with contextlib.suppress(UnicodeDecodeError):
                    found[name] = path.read_text(encoding="utf-8")
        return found

    def save(self, texts: Texts) -> None:
        """Write the changed files, each whole or not at all.

        Raises:
            ChangedOnDiskError: A file on disk is neither the loaded text nor the new one.
        """
        wanted, there = _encoded(texts), {name: self._read(name) for name in self.names}
        changed = [
            name
            for name, content in there.items()
            if content not in (None, wanted[name], self._loaded.get(name))
        ]
        if changed:
            verb = "was" if len(changed) == 1 else "were"
            raise ChangedOnDiskError(
                f"{' and '.join(changed)} {verb} changed outside this editor since it was loaded. "
                "Nothing was written and nothing is lost.",
                next_step="press Keep or Take above; the version you leave goes to a backup",
            )
        for name, content in wanted.items():
            # A missing file is not created for an empty text.
            if there[name] != content and (content or there[name] is not None):
                self._workspace.save(self.exercise, name, content)
        self._loaded = dict(wanted)

    def save_over(self, texts: Texts) -> Path | None:
        """Write the texts over the files on disk; returns their backup, None if there were none."""
        there = {name: self._read(name) for name in self.names}
        found = {name: content for name, content in there.items() if content is not None}
        kept = self._workspace.keep(self.exercise, found) if found else None
        self._loaded = there
        self.save(texts)
        return kept

    def load_over(self, texts: Texts) -> tuple[Texts, Path]:
        """The texts as they are on disk, and the backup of ``texts``, which they replace."""
        kept = self._workspace.keep(self.exercise, _encoded(texts))
        return self.load(), kept

    def reset(self, texts: Texts) -> tuple[Texts, Path | None]:
        """The starter, and the backup of the work folder, with ``texts`` saved in it."""
        try:
            self.save(texts)
        except ChangedOnDiskError:
            self._workspace.keep(self.exercise, _encoded(texts))
        kept = self._workspace.reset(self.exercise)
        return self.load(), kept

    def _decoded(self, name: str, content: bytes | None) -> str:
        try:
            return (content or b"").decode("utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{self.path(name)} is not a text file in UTF-8.",
                next_step=f"`checker reset {self.exercise.slug}` begins again and keeps a backup",
            ) from error

    def _read(self, name: str) -> bytes | None:
        """The content, None if the file is missing. Anything but a regular file is refused."""
        path = self.path(name)
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise UsageError(
                f"{path} is not a regular file.", next_step="put a text file in its place"
            )
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def _encoded(texts: Texts) -> dict[str, bytes]:
    return {name: text.encode("utf-8") for name, text in texts.items()}
