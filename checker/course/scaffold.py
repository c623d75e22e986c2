"""Lays out a new exercise: a small, proven one that its author changes step by step.

Its files lie in ``templates/exercise`` beside this module. Lines that hold ``author:`` tell the
author what to write there; the exercise is finished once they are gone.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from checker.course.catalogue import find_slugs
from checker.course.loading import SLUG
from checker.errors import UsageError

FILES = Path(__file__).with_name("templates") / "exercise"
MARK = "author:"
"""Marks the comments in a new exercise that are notes to its author."""
_NOTE = re.compile(rf"(?:#|<!--) {MARK}")


def new_exercise(slug: str, exercises: Path) -> Path:
    """Create a new exercise, completely or not at all; return its folder.

    Args:
        slug: The exercise's name, such as ``03-layer-order``.
        exercises: The folder of all exercises.

    Raises:
        UsageError: The name is invalid, or its number or its words are taken.
    """
    _refuse_taken(slug, find_slugs(exercises))
    folder = exercises / slug
    with tempfile.TemporaryDirectory(dir=exercises, prefix=".new-") as temporary:
        made = Path(temporary) / slug
        shutil.copytree(FILES, made)
        for path in made.rglob("*"):
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                named = text.replace("@slug@", slug).replace("@number@", slug[:2])
                path.write_text(named, encoding="utf-8")
        try:
            made.rename(folder)
        except OSError as error:
            if not folder.exists():
                raise
            raise UsageError(
                f"There is something at {folder} already.", next_step="choose another name"
            ) from error
    return folder


def find_notes(folder: Path) -> Iterator[str]:
    """One line for each file of an exercise that still has notes to its author."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found = [str(n) for n, line in enumerate(lines, start=1) if _NOTE.search(line)]
            if found:
                name = path.relative_to(folder).as_posix()
                yield f"{name} has notes to its author in line {', '.join(found)}"


def _refuse_taken(slug: str, slugs: list[str]) -> None:
    numbers = {taken[:2] for taken in slugs}
    free = next((f"{n:02}" for n in range(1, 100) if f"{n:02}" not in numbers), "NN")
    if not SLUG.fullmatch(slug):
        words = "-".join(re.findall(r"[a-z0-9]+", slug.lower().lstrip("0123456789")))
        raise UsageError(
            f"{slug!r} is not an exercise's name: two digits and lower-case words, with hyphens.",
            next_step=f"try `checker new {free}-{words or 'what-it-trains'}`",
        )
    if slug in slugs:
        raise UsageError(
            f"{slug} is there already.", next_step="choose another number and other words"
        )
    for taken in slugs:
        if taken[2:] == slug[2:]:
            raise UsageError(
                f"{taken} has the same words, by which an exercise can be named.",
                next_step="choose other words",
            )
    for taken in slugs:
        if taken[:2] == slug[:2]:
            raise UsageError(
                f"The number {slug[:2]} is taken by {taken}.",
                next_step=f"try `checker new {free}{slug[2:]}`",
            )
