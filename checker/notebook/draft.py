"""The file that is being edited: what is on disk, what was loaded, and neither ever lost."""

from __future__ import annotations

from pathlib import Path

from checker.errors import CheckerError, UsageError
from checker.exercise import Exercise
from checker.workspace import Workspace


class ChangedOnDiskError(CheckerError):
    """Somebody else wrote the file since it was loaded; it was left as it is."""

    exit_code = 1


class Draft:
    """The first of the files that an exercise takes, in the learner's folder.

    Args:
        exercise: Is started where it was not.
        workspace: The learner's work.

    Raises:
        OSError: The folder cannot be written.
    """

    def __init__(self, exercise: Exercise, workspace: Workspace) -> None:
        self.exercise = exercise
        self.name = exercise.submit[0]
        self._workspace = workspace
        self._loaded: bytes | None = None

    @property
    def path(self) -> Path:
        return self._workspace.folder(self.exercise) / self.name

    def load(self) -> str:
        """The text as it is on disk now; empty when the file is missing.

        Raises:
            UsageError: It is no text file.
        """
        self._workspace.start(self.exercise)
        content = self._read()
        try:
            text = (content or b"").decode("utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{self.path} is not a text file in UTF-8.",
                next_step=f"`checker reset {self.exercise.slug}` begins again and keeps a backup",
            ) from error
        self._loaded = content
        return text

    def save(self, text: str) -> None:
        """Write the whole text, or nothing.

        Raises:
            ChangedOnDiskError: The file is neither what was loaded nor what is to be written.
        """
        content, there = text.encode("utf-8"), self._read()
        if there not in (None, content, self._loaded):
            raise ChangedOnDiskError(
                f"{self.name} was changed outside this editor since it was loaded. "
                "Nothing was written and nothing is lost.",
                next_step="press Keep or Take above; the version you leave goes to a backup",
            )
        if there != content:
            self._workspace.save(self.exercise, self.name, content)
        self._loaded = content

    def save_over(self, text: str) -> Path | None:
        """Write the text over whatever is there; returns where that is kept, None: nothing was."""
        there = self._read()
        kept = None if there is None else self._keep(there)
        self._loaded = there
        self.save(text)
        return kept

    def load_over(self, text: str) -> tuple[str, Path]:
        """The text as it is on disk, and where ``text``, which it replaces, is kept."""
        kept = self._keep(text.encode("utf-8"))
        return self.load(), kept

    def reset(self, text: str) -> tuple[str, Path | None]:
        """The starter, and where the work is kept: the folder, with ``text`` in its file."""
        try:
            self.save(text)
        except ChangedOnDiskError:
            self._keep(text.encode("utf-8"))
        kept = self._workspace.reset(self.exercise)
        return self.load(), kept

    def _keep(self, content: bytes) -> Path:
        return self._workspace.keep(self.exercise, self.name, content)

    def _read(self) -> bytes | None:
        """None when there is nothing. What is no regular file is neither read nor replaced."""
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
            raise UsageError(
                f"{self.path} is not a regular file.", next_step="put a text file in its place"
            )
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
