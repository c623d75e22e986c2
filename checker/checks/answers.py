"""What a line prints that asks about images instead of making one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench

_VARIABLE = re.compile(r"\{variable:(\w+)\}")
_NO_VALUE = "<no value>"
"""What a template of Go's prints where nothing of that name is. Source: text/template, Option."""
_SHOWN_LINES, _SHOWN_CHARACTERS = 6, 400


@dataclass(frozen=True, slots=True)
class Answers:
    """``answers``: the line that is handed in, of the kind ``imagetools``, prints what is wanted.

    What it asks about the exercise publishes first, with ``publish`` of its header.

    Args:
        contains: Texts that it must print; all that ``runs`` knows may be used.
        most_characters: How long the answer may be; 0: as long as it likes.
    """

    contains: tuple[str, ...] = ()
    most_characters: int = 0

    def measure(self, workbench: Workbench) -> Finding:
        printed = workbench.query.answer().stdout.strip()
        missing = [text for text in self.contains if workbench.values.expand(text) not in printed]
        absent = [_told(text, workbench.values.expand(text)) for text in missing]
        shown = _beginning(printed)
        evidence = {"stdout": shown, "characters": len(printed), "missing": absent}
        said = f"The command printed: {shown or 'nothing'}"
        if not printed:
            return Finding(False, f"{said}\nWanted: an answer.", evidence)
        if not printed.replace(_NO_VALUE, "").strip():
            message = (
                f"{said}\nThat is what a template prints where the image has nothing of that name."
                "\nWanted: an answer."
            )
            return Finding(False, message, evidence)
        if missing:
            return Finding(False, f"{said}\nWanted, but missing: {'; '.join(absent)}.", evidence)
        if self.most_characters and len(printed) > self.most_characters:
            message = (
                f"{said}\nWanted: the answer alone, in at most {self.most_characters} characters."
            )
            return Finding(False, message, evidence)
        return Finding(True, said, evidence)


def _told(text: str, value: str) -> str:
    """A wanted text, and what it is where that can be said: by itself it is digits."""
    variable = _VARIABLE.fullmatch(text)
    return value if variable is None else f"{value}, the value of {variable[1]}"


def _beginning(printed: str) -> str:
    """What was printed; of a long answer its beginning, and how much there was."""
    lines = printed.splitlines()
    shown = "\n".join(lines[:_SHOWN_LINES])[:_SHOWN_CHARACTERS]
    if len(shown) == len(printed):
        return shown
    return f"{shown} …\n({len(printed)} characters in {len(lines)} lines)"
