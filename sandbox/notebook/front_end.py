"""Finds out whether the front end of this kernel can show widgets, or only text."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

WISH = "BUILDKIT_LAB_VIEW"
"""This variable overrides the detection; its values are ``live`` and ``text``."""
_SERVED = "JPY_SESSION_NAME"
# A Jupyter server sets this variable for the kernel of a document that is open in a browser.
# nbclient and consoles do not set it. Source: jupyter_server, SessionManager.get_kernel_env.


def is_kernel(shell: object) -> bool:
    """Whether the shell is that of a notebook's kernel, and not a terminal's or None."""
    return getattr(shell, "kernel", None) is not None


def kernel_shell() -> Any:
    """The shell of a notebook's kernel; None: this is a terminal or a plain Python."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if is_kernel(shell) else None


def has_widgets(shell: object, environment: Mapping[str, str] | None = None) -> bool:
    """Whether to show a build as a widget.

    A kernel cannot ask its front end: the answer would arrive only after the running cell.
    """
    environment = os.environ if environment is None else environment
    if not is_kernel(shell):
        return False
    wish = environment.get(WISH, "")
    return wish == "live" or (wish != "text" and bool(environment.get(_SERVED)))
