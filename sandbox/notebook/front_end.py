"""What shows this kernel's output: something with widgets, or only text."""

from __future__ import annotations

import os
from collections.abc import Mapping

WISH = "BUILDKIT_LAB_VIEW"
"""``live`` or ``text`` in this variable overrules what was found out."""
_SERVED = "JPY_SESSION_NAME"
# Set by a Jupyter server for the kernels of documents that are open in a browser, and neither
# by nbclient nor by a console. Source: jupyter_server, SessionManager.get_kernel_env.


def has_widgets(shell: object, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a build may be shown by a widget.

    A kernel cannot ask: the answer would only arrive when the running cell is over.
    """
    environment = os.environ if environment is None else environment
    if getattr(shell, "kernel", None) is None:
        return False
    wish = environment.get(WISH, "")
    return wish == "live" or (wish != "text" and bool(environment.get(_SERVED)))
