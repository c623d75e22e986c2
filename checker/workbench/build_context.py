"""The build context of one grading: a private copy, edited for a check and restored after it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from checker.errors import ExerciseError
from checker.workbench.random_values import RandomValues


class BuildContext:
    """A build context: a folder that checks edit and restore.

    Args:
        folder: Holds the files already; ``moved`` renames it for a while.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edits = ""
        """A description of the current edits; equal descriptions mean equal contents."""
        self._given = frozenset(self._files())

    @classmethod
    def copied(
        cls,
        source: Path,
        folder: Path,
        values: RandomValues,
        submitted: Mapping[str, bytes],
    ) -> Self:
        """A copy of an exercise's context, with random values and the learner's files in it.

        Args:
            source: The exercise's context.
            folder: The copy, which must not exist yet.
            values: Replace the placeholders in the exercise's files.
            submitted: The learner's files by name. They replace the exercise's.
        """
        shutil.copytree(source, folder, symlinks=True)
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if (filled := values.fill(content)) != content:
                    path.write_bytes(filled)
        for name, content in submitted.items():
            (folder / name).write_bytes(content)
        return cls(folder)

    @contextmanager
    def moved(self) -> Iterator[None]:
        """The context in another folder, so that a build has to send all of it.

        The engine keeps a copy of each folder it has seen, and the client sends the difference.
        """
        before, edits_before = self.folder, self.edits
        self.folder = before.rename(before.with_name(f"{before.name}-{secrets.token_hex(4)}"))
        self.edits = f"{edits_before}moved\n"
        try:
            yield
        finally:
            self.folder = self.folder.rename(before)
            self.edits = edits_before

    def sweep(self) -> None:
        """Remove files that builds wrote into the context: another machine would not have them."""
        for name in self._files() - self._given:
            (self.folder / name).unlink()

    @contextmanager
    def edited(self, name: str, change: Callable[[str], str]) -> Iterator[None]:
        """The context with one file changed, restored afterwards.

        Raises:
            ExerciseError: The exercise's context has no such file.
        """
        path = self.folder / name
        if not path.is_file():
            raise ExerciseError(
                f"A check wants to edit {name}, which the context does not have.",
                next_step="correct the check's params in exercise.toml",
            )
        before, edits_before = path.read_text(encoding="utf-8"), self.edits
        after = change(before)
        path.write_text(after, encoding="utf-8")
        self.edits = f"{edits_before}{name}\n{after}\n"
        try:
            yield
        finally:
            path.write_text(before, encoding="utf-8")
            self.edits = edits_before

    @contextmanager
    def updated(self, folder: str) -> Iterator[None]:
        """Copy the files of a folder of the context over those beside it, while the block runs.

        Raises:
            ExerciseError: There is no such folder, or one of its files has no file to replace.
        """
        files = sorted(path for path in (self.folder / folder).glob("*") if path.is_file())
        if not files:
            raise ExerciseError(
                f"A check wants the update in {folder}/, and no file is there.",
                next_step="correct the check's params in exercise.toml",
            )
        with ExitStack() as edits:
            for path in files:
                text = path.read_text(encoding="utf-8")
                edits.enter_context(self.edited(path.name, lambda _, text=text: text))  # type: ignore[misc]
            yield

    @contextmanager
    def exchanged(self, before: str, after: str) -> Iterator[None]:
        """Replace one text by another in every file of the context, while the block runs.

        Args:
            before: The text to replace. If it is empty, no file changes, but a build in the block
                counts as another build.
            after: The text to put in its place.
        """
        old, new, edits_before = before.encode(), after.encode(), self.edits
        contents = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        held = {path: was for path, was in contents.items() if old and old in was}
        times = {path: path.stat() for path in held}
        self.edits = f"{edits_before}{before} is {after}\n"

        for path, content in held.items():
            path.write_bytes(content.replace(old, new))
        try:
            yield
        finally:
            self.edits = edits_before
            for path, content in held.items():
                path.write_bytes(content)
                # As if nothing had happened. In the block the time is another one, or the client
                # would take the file for unchanged and not send it.
                os.utime(path, ns=(times[path].st_atime_ns, times[path].st_mtime_ns))

    def _files(self) -> set[Path]:
        return {p.relative_to(self.folder) for p in self.folder.rglob("*") if not p.is_dir()}
