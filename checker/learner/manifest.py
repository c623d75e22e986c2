"""The files that an exercise lays out in the work folder, with digests, to notice changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.exercise import Exercise

VERSION = 1
NO_FILE = "no file"
"""Digest placeholder for a path that is not a regular file."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Digests of files by their path in the work folder, with ``/``."""

    digests: Mapping[str, str]

    @classmethod
    def of(cls, exercise: Exercise) -> Manifest:
        """The manifest of what the exercise lays out now: its context and its starter files."""
        return cls({name: digest(path) or "" for name, path in sources(exercise).items()})

    @classmethod
    def load(cls, path: Path) -> Manifest | None:
        """Read a manifest; None if the file is missing or cannot be read."""
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            if table["version"] != VERSION:
                return None
            return cls({str(name): str(value) for name, value in table["files"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, path: Path) -> None:
        """Write the manifest, whole or not at all."""
        text = json.dumps({"version": VERSION, "files": dict(self.digests)}, indent=1)
        made = path.with_name(f"{path.name}.new")
        made.write_text(f"{text}\n", encoding="utf-8")
        made.replace(path)


def sources(exercise: Exercise) -> dict[str, Path]:
    """The source of each file that an exercise lays out: context, task and starter."""
    found = {
        path.relative_to(exercise.context).as_posix(): path
        for path in sorted(exercise.context.rglob("*"))
        if path.is_file()
    }
    # The task lies beside the files, and far from the solution.
    if exercise.readme.is_file():
        found.setdefault(exercise.readme.name, exercise.readme)
    starters = {name: exercise.folder / name for name in exercise.submit}
    return found | {name: path for name, path in starters.items() if path.is_file()}


def digest(path: Path) -> str | None:
    """The SHA-256 of a file's content; None if the file does not exist."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return NO_FILE
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
