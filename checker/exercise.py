"""An exercise: what it asks for, which checks it makes, and what the learner hands in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import ExerciseError

if TYPE_CHECKING:
    from checker.checks import Check
    from checker.command.command_line import CommandLine


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check as its exercise asks for it.

    Args:
        id: Unique in the exercise; the name of its near-miss.
        kind: A key of ``checker.checks.KINDS``.
        title: What the learner reads: the behaviour that is wanted.
        points: What passing it is worth.
        hint: Where to look when it failed. One sentence.
        check: The measurement, with its parameters in it.
    """

    id: str
    kind: str
    title: str
    points: int
    hint: str
    check: Check


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    Args:
        folder: Everything about it lies there; the folder's name is the slug.
        title: One line.
        lesson: The lesson it belongs to, such as ``01-dag-builds``.
        concepts: What it trains.
        out_of_scope: What it leaves to other exercises on purpose.
        timeout_s: Seconds that all builds and runs of one grading may take together.
        submit: Names of the files taken from the learner; nothing else is.
        checks: In the order in which they are made.
        command: How it is built, where no line is taken from the learner.
        line: What a line of the learner's is: ``build``, ``bake`` or ``imagetools``.
        secrets: Variables of the build whose values nobody may find in what it made.
        variables: Other variables of the build; like secrets, random in each grading.
        lends: What the sandbox lends to a grading, with variables and secrets of its own.
        publish: What is built before a line of the kind ``imagetools`` is asked; None: nothing.
    """

    folder: Path
    title: str
    lesson: str
    concepts: tuple[str, ...]
    out_of_scope: tuple[str, ...]
    timeout_s: float
    submit: tuple[str, ...]
    checks: tuple[CheckSpec, ...]
    command: CommandLine
    line: str = "build"
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    lends: tuple[str, ...] = ()
    publish: CommandLine | None = None

    @property
    def slug(self) -> str:
        return self.folder.name

    @property
    def context(self) -> Path:
        """The build context that the learner gets a copy of, and so does every grading."""
        return self.folder / "context"

    @property
    def counts_downloads(self) -> bool:
        """Whether a check counts what the package indexes serve."""
        return any(getattr(spec.check, "counts_downloads", False) for spec in self.checks)

    @property
    def readme(self) -> Path:
        return self.folder / "README.md"

    def text(self, name: str) -> str:
        """One of the files that its author has written, such as ``solution/NOTES.md``.

        Raises:
            ExerciseError: It is missing, or cannot be read as text.
        """
        where = f"{self.slug}/{name}"
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise ExerciseError(
                f"{where} could not be read: {error.strerror}.", next_step="write it, or restore it"
            ) from error
        except UnicodeDecodeError as error:
            raise ExerciseError(
                f"{where} is not a text file in UTF-8.", next_step="save it as plain text"
            ) from error

    def hints(self) -> tuple[str, ...]:
        """The hints, one Markdown section each, from where to look to which feature.

        Raises:
            ExerciseError: hints.md is missing.
        """
        sections = re.split(r"^(?=## )", self.text("hints.md"), flags=re.MULTILINE)
        return tuple(part.strip() for part in sections if part.startswith("## "))
