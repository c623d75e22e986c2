"""The magic ``%checker``: the command line, and the editor."""

from __future__ import annotations

import shlex

from IPython.core.magic import Magics, line_magic, magics_class

from checker.cli import run
from checker.errors import UsageError
from checker.notebook.opening import editor
from checker.report import reported

EDIT = "edit"


@magics_class
class CheckerMagic(Magics):
    """``%checker``: a command of the checker, as it is typed in a terminal, and ``edit``."""

    @line_magic
    def checker(self, line: str) -> None:
        """Run a command of the checker, or open an exercise's file here.

        ::

            %checker list
            %checker edit 01
            %checker grade 01
            %checker hint 01

        An error is told without a traceback; an interrupt ends a grading and leaves nothing.
        """
        reported(lambda: _obey(line))


def _obey(line: str) -> None:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(
            f"{line!r} cannot be read: {error}.", next_step="close the quotes, or leave them out"
        ) from error
    if words[:1] != [EDIT]:
        run(words)
    elif len(words) != 2 or words[1].startswith("-"):
        raise UsageError(
            "An editor is for one exercise.", next_step="name it, such as `%checker edit 01`"
        )
    else:
        editor(words[1])
