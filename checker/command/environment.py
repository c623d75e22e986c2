"""What a line finds of the machine that grades it: nothing of the grader's own."""

from __future__ import annotations

import os

_KEPT = ("DOCKER_CONFIG", "DOCKER_HOST", "PATH", "TMPDIR")
"""What the client needs: the first two are the sandbox's, whatever the grader has in them."""


def hidden() -> dict[str, str | None]:
    """Each variable of the grader's that a build gets to know nothing of, as None.

    A line, and a bake file still more, may name any variable: of a grader's credentials and
    tokens none may be there.
    """
    return {name: None for name in os.environ if name not in _KEPT}
