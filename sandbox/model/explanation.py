"""Why a build failed, in the words for a learner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the file that failed, or a line near it.

    Args:
        number: From 1.
        text: As it stands in the file.
        is_marked: Whether this line failed.
    """

    number: int
    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a build failed, and what to do.

    Args:
        next_step: One line that the reader can act on.
        cause: The likely cause, in whole sentences; empty when BuildKit's own message says it.
        line: The first line that failed, from 1; None when no line did.
        instruction: The text of that line; empty when no line failed.
        file: The name of the file that has the line: the Dockerfile, or a bake file.
        said: The error of BuildKit or docker, without the words that all errors begin with.
        printed: The last lines that the failed command printed; empty when no command failed.
        source: The lines that failed and those around them, as BuildKit prints them.
    """

    next_step: str
    cause: str = ""
    line: int | None = None
    instruction: str = ""
    file: str = "Dockerfile"
    said: str = ""
    printed: str = ""
    source: tuple[SourceLine, ...] = ()

    @property
    def headline(self) -> str:
        """What happened, such as ``The build failed in line 2 of the Dockerfile``."""
        return f"The build failed {self.where}".rstrip()

    @property
    def where(self) -> str:
        """The line, such as ``in line 2 of the Dockerfile``; empty when no line failed."""
        if self.line is None:
            return ""
        file = "the Dockerfile" if self.file == "Dockerfile" else self.file
        return f"in line {self.line} of {file}"

    @property
    def place(self) -> str:
        """The line and its text, such as ``in line 2 of the Dockerfile: COPY a b``; may be empty.

        A line number alone stands there for a text that is not known.
        """
        return f"{self.where}: {self.instruction}".removesuffix(": ")

    def report(self) -> str:
        """The place, the cause and the next step as plain text, next step last."""
        lines = [f"The build failed {self.place}" if self.place else "The build failed."]
        lines += [f"  likely cause: {self.cause}"] if self.cause else []
        return "\n".join([*lines, f"  next: {self.next_step}"])
