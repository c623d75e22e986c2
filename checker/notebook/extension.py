"""Loads and unloads the magic ``%checker``."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from checker.notebook.magic import CheckerMagic


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext checker``: provide ``%checker``. No engine is started for it."""
    shell.register_magics(CheckerMagic(shell))


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext checker``: the magic is gone. Work and editors stay."""
    for magics in shell.magics_manager.magics.values():
        magics.pop("checker", None)
