"""The parameters of one grading, in one value."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox import Build

NAME = re.compile(r"checker-([0-9]{1,7})-[0-9a-f]+")
"""The name of a run: its process and its nonce."""


def _ignore(_: object) -> None:
    """The default listener, which ignores its argument."""


def _new_nonce() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class GradingRun:
    """One run of a grading: its identity, its use of the cache, and its listeners.

    Args:
        nonce: Hexadecimal and random. It is part of the names of everything that the run makes.
        use_cache: Reuse the results of earlier gradings from the builder's cache. Otherwise the
            first build runs without the cache, so that it measures this Dockerfile alone.
        until_failed: Make no check after the first that failed, for a reader who only needs to know
            whether the submission passes.
        progress: Called with the current activity, in a few words.
        on_build: Called with each build that a check makes, as soon as the build has ended.
    """

    nonce: str = field(default_factory=_new_nonce)
    use_cache: bool = False
    until_failed: bool = False
    progress: Callable[[str], None] = _ignore
    on_build: Callable[[Build], None] = _ignore

    @property
    def name(self) -> str:
        """The name of the run's folder, of its images and of its part of the registry."""
        return f"checker-{os.getpid()}-{self.nonce}"

    def again(self) -> GradingRun:
        """The same run from the beginning, with a nonce of its own."""
        return replace(self, nonce=_new_nonce())
