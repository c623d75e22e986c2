"""What a line finds of the machine that grades it: nothing of the grader's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.builder import Builder

_KEPT = ("PATH", "TMPDIR")
"""By which the client finds its programs and a place for its files."""


def hidden(builder: Builder) -> dict[str, str | None]:
    """Each variable of the grader's that a build gets to know nothing of, as None.

    A line, and a bake file still more, may name any variable: of a grader's credentials and
    tokens none may be there. What points the client at the sandbox stays.
    """
    given = builder.environment()
    return {
        name: None
        for name, value in os.environ.items()
        if name not in _KEPT and given.get(name, value) == value
    }
