"""`checker watch`: grade on every save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import lazy_names

if TYPE_CHECKING:
    from checker.watch.start import watch_course

__all__ = ["watch_course"]

__getattr__ = lazy_names(__name__, {"checker.watch.start": ("watch_course",)})
