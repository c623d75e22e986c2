"""The files that are being edited: what is on disk, what was loaded, and neither ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from checker.errors import CheckerError, UsageError
from checker.exercise import Exercise
from checker.learner.workspace import Workspace

Texts = Mapping[str, str]
"""A text for each of the files that an exercise takes, by its name."""


class ChangedOnDiskError(CheckerError):
    """Somebody else wrote a file since it was loaded; all were left as they are."""

    exit_code = 1


class Draft:
    """The files that an exercise takes, in the learner's folder; written together.

    Args:
        exercise: Is started where it was not.
        workspace: The learner's work.

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

    def path(self, name: str) -> Path:
        return self.folder / name

    def load(self) -> Texts:
        """The texts as they are on disk now; empty where a file is missing.

        Raises:
            UsageError: One is no text file.
        """
        self._workspace.start(self.exercise)
        there = {name: self._read(name) for name in self.names}
        texts = {name: self._decoded(name, content) for name, content in there.items()}
        self._loaded = there
        return texts

    def save(self, texts: Texts) -> None:
        """Write what has changed, each file whole or not at all.

        Raises:
            ChangedOnDiskError: A file is neither what was loaded nor what is to be written.
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
            # A file that is not there need not be made to be empty.
            if there[name] != content and (content or there[name] is not None):
                self._workspace.save(self.exercise, name, content)
        self._loaded = dict(wanted)

    def save_over(self, texts: Texts) -> Path | None:
        """Write the texts over whatever is there; returns where that is kept, None: nothing was."""
        there = {name: self._read(name) for name in self.names}
        found = {name: content for name, content in there.items() if content is not None}
        kept = self._workspace.keep(self.exercise, found) if found else None
        self._loaded = there
        self.save(texts)
        return kept

    def load_over(self, texts: Texts) -> tuple[Texts, Path]:
        """The texts as they are on disk, and where ``texts``, which they replace, are kept."""
        kept = self._workspace.keep(self.exercise, _encoded(texts))
        return self.load(), kept

    def reset(self, texts: Texts) -> tuple[Texts, Path | None]:
        """The starter, and where the work is kept: the folder, with ``texts`` in its files."""
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
        """None when there is nothing. What is no regular file is neither read nor replaced."""
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
