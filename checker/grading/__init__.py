"""From a submission to a grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import lazy_names

if TYPE_CHECKING:
    from checker.grading.engine import grade_on_sandbox
    from checker.grading.measurement import reject

__all__ = ["grade_on_sandbox", "reject"]

__getattr__ = lazy_names(
    __name__,
    {
        "checker.grading.engine": ("grade_on_sandbox",),
        "checker.grading.measurement": ("reject",),
    },
)
