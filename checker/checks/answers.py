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
_AROUND = " \t\r\n'\"`"
_SHOWN_LINES, _SHOWN_CHARACTERS = 6, 400


@dataclass(frozen=True, slots=True)
class Answers:
    """``answers``: the submitted ``imagetools`` command prints the wanted text, and nothing else.

    The exercise first publishes the image that the command inspects; see ``publish`` in the
    head of exercise.toml.

    Args:
        prints: The text; placeholders as in ``runs``. Blanks and quotes around the output do not
            count. Empty: any output will do.
    """

    prints: str = ""

    def measure(self, workbench: Workbench) -> Finding:
        printed = workbench.query.answer().stdout.strip()
        shown = _beginning(printed)
        evidence = {"stdout": shown, "characters": len(printed)}
        said = f"The command printed: {shown or 'nothing'}"
        if not printed:
            return Finding(False, f"{said}\nWanted: an answer.", evidence)
        if not printed.replace(_NO_VALUE, "").strip():
            message = (
                f"{said}\nA template prints that for a field that the image does not have."
                "\nWanted: an answer."
            )
            return Finding(False, message, evidence)
        wanted = workbench.values.expand(self.prints)
        if wanted and printed.strip(_AROUND) != wanted:
            what = _told(self.prints, wanted)
            return Finding(False, f"{said}\nWanted: {what}, and nothing else.", evidence)
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
