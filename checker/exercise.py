"""An exercise: its checks, the files that a learner hands in, and its texts."""

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
    """One check of an exercise.

    Args:
        id: Unique in the exercise; the name of its near-miss.
        kind: A key of ``checker.checks.KINDS``.
        title: The wanted behaviour, as the learner reads it.
        points: The points for passing it.
        hint: Where to look if it fails. One sentence.
        check: The measurement, with its parameters.
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
        folder: Holds all its files; the folder's name is the slug.
        title: One line.
        lesson: The lesson it belongs to, such as ``01-dag-builds``.
        concepts: The concepts that it trains.
        out_of_scope: The concepts that it leaves to other exercises on purpose.
        timeout_s: Seconds that all builds and containers of one grading may take together.
        submit: Names of the files that the learner hands in; no other file is read.
        checks: The checks, in the order in which they run.
        command: The docker command of the build, unless the learner hands in one.
        line: The kind of command that the learner hands in: ``build``, ``bake`` or ``imagetools``.
        secrets: Variables of the build whose values must appear nowhere in its results.
        variables: Other variables of the build. Like secrets, they are random in each grading.
        lends: Names of the things that the sandbox lends to a grading; see ``LENDS``.
        publish: The build that runs before a command of the kind ``imagetools``; None: none.
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
        """The build context. The learner and every grading get a copy of it."""
        return self.folder / "context"

    @property
    def counts_downloads(self) -> bool:
        """Whether a check counts downloads from the package indexes."""
        return any(getattr(spec.check, "counts_downloads", False) for spec in self.checks)

    @property
    def readme(self) -> Path:
        return self.folder / "README.md"

    def text(self, name: str) -> str:
        """The text of one of its files, such as ``solution/NOTES.md``.

        Raises:
            ExerciseError: The file is missing, or is not a text file.
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

    def solution(self) -> str:
        """One possible solution, and what it teaches.

        Raises:
            ExerciseError: A file of it is missing.
        """
        parts = [f"--- {name}\n{self.text(f'solution/{name}')}" for name in self.submit]
        return "\n".join([*parts, self.text("solution/NOTES.md").rstrip()])

    def solution_markdown(self) -> str:
        """The same as ``solution`` in Markdown.

        Raises:
            ExerciseError: A file of it is missing.
        """
        parts = [
            f"**{name}**\n\n~~~~\n{self.text(f'solution/{name}').rstrip()}\n~~~~\n"
            for name in self.submit
        ]
        return "\n".join([*parts, self.text("solution/NOTES.md").rstrip()])

    def hints(self) -> tuple[str, ...]:
        """The hints, a heading and a text each, from where to look to which feature to use.

        Raises:
            ExerciseError: hints.md is missing.
        """
        sections = re.split(r"^(?=## )", self.text("hints.md"), flags=re.MULTILINE)
        return tuple(part[3:].strip() for part in sections if part.startswith("## "))
