"""The parts that ``%load_ext sandbox`` adds to a notebook: the ``%docker`` magic and pictures."""

from __future__ import annotations

from sandbox.notebook.extension import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
