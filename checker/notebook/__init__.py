"""The parts that ``%load_ext checker`` adds to a notebook: the ``%checker`` magic and an editor."""

from __future__ import annotations

from checker.notebook.extension import load_ipython_extension, unload_ipython_extension
from checker.notebook.opening import editor

__all__ = ["editor", "load_ipython_extension", "unload_ipython_extension"]
