"""Finds out what shows this kernel's output: a front end with widgets, or only text."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

WISH = "BUILDKIT_LAB_VIEW"
"""``live`` or ``text`` in this variable overrules the detection."""
_SERVED = "JPY_SESSION_NAME"
# Set by a Jupyter server for the kernels of documents that are open in a browser, and neither
# by nbclient nor by a console. Source: jupyter_server, SessionManager.get_kernel_env.


def is_kernel(shell: object) -> bool:
    """Whether a shell is that of a notebook's kernel, as against a terminal's or None."""
    return getattr(shell, "kernel", None) is not None


def kernel_shell() -> Any:
    """The shell of a notebook's kernel; None in a terminal and in a plain Python."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if is_kernel(shell) else None


def has_widgets(shell: object, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a widget may show a build.

    A kernel cannot ask its front end: the answer would arrive only after the running cell.
    """
    environment = os.environ if environment is None else environment
    if not is_kernel(shell):
        return False
    wish = environment.get(WISH, "")
    return wish == "live" or (wish != "text" and bool(environment.get(_SERVED)))
