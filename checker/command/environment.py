"""Hides the grader's own environment variables from a submitted command."""

from __future__ import annotations

import os

_KEPT = ("DOCKER_CONFIG", "DOCKER_HOST", "PATH", "TMPDIR")
"""The variables that the docker client needs; the sandbox itself sets the first two."""


def hidden() -> dict[str, str | None]:
    """The grader's variables to remove from a build's environment: name → None.

    A submitted command or bake file can name any variable, so the build must not inherit the
    grader's credentials and tokens.
    """
    return {name: None for name in os.environ if name not in _KEPT}
