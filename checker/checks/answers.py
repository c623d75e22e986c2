"""Checks of the output of an ``imagetools`` command about images in the registry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench

_VARIABLE = re.compile(r"\{variable:(\w+)\}")
_NO_VALUE = "<no value>"
"""The output of a Go template for a key that does not exist. Source: text/template, Option."""
_SHOWN_LINES, _SHOWN_CHARACTERS = 6, 400


@dataclass(frozen=True, slots=True)
class Answers:
    """``answers``: the submitted ``imagetools`` command prints the wanted texts.

    The exercise first publishes the image that the command inspects; see ``publish`` in the
    head of exercise.toml.

    Args:
        contains: Texts that the command must print; placeholders as in ``runs``.
        most_characters: Maximum length of the output; 0: no limit.
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
                f"{said}\nA template prints that for a field that the image does not have."
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
    """A wanted text for a message: a variable's value comes with the variable's name."""
    variable = _VARIABLE.fullmatch(text)
    return value if variable is None else f"{value}, the value of {variable[1]}"


def _beginning(printed: str) -> str:
    """The output, or, if the output is long, its beginning and its length."""
    lines = printed.splitlines()
    shown = "\n".join(lines[:_SHOWN_LINES])[:_SHOWN_CHARACTERS]
    if len(shown) == len(printed):
        return shown
    return f"{shown} …\n({len(printed)} characters in {len(lines)} lines)"
