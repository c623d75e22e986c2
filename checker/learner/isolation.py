"""Which gradings have a sandbox for themselves."""

from __future__ import annotations

from enum import StrEnum


class Isolation(StrEnum):
    """Which gradings have a sandbox for themselves: a clone, which is gone afterwards.

    What strangers hand in may try to reach other gradings, so theirs have one by default. The
    learner's own work is graded more quickly on the learner's sandbox, which has a cache.
    """

    STRANGERS = "strangers"
    ALWAYS = "always"
    NEVER = "never"

    def applies(self, *, is_own: bool) -> bool:
        """Whether a grading has a clone.

        Args:
            is_own: Whether it is of the learner's own work folder.
        """
        return self is Isolation.ALWAYS or (self is Isolation.STRANGERS and not is_own)
