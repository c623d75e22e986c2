"""Runs when a kernel of ``make lab`` starts: a cell run too early says which cell to run first.

``sandbox.notebook.lab`` copies this file into IPython's folder of start-up files. It imports
nothing of the lab, because every kernel runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core import error
from IPython.core.getipython import get_ipython

_AGAIN = "then run this notebook's cells again from the top"


def _prepare(shell: Any) -> None:
    """Register a stand-in for each magic, and explain names that no cell has set yet.

    ``%load_ext`` replaces the stand-ins, and ``%load_ext sandbox`` the explanation.
    """
    for name, extension in (("docker", "sandbox"), ("checker", "checker")):
        shell.register_magic_function(_stand_in(name, extension), "line_cell", name)
    shell.set_custom_exc((NameError,), _explain)


def _stand_in(name: str, extension: str) -> Callable[..., None]:
    def refuse(line: str, cell: str | None = None) -> None:
        raise error.UsageError(
            f"%{name} is not there yet: this notebook's kernel is new.\n"
            f"  next: run %load_ext {extension}, {_AGAIN}"
        )

    refuse.__doc__ = f"Run %load_ext {extension} first."
    return refuse


def _explain(
    shell: Any, kind: type[NameError], value: NameError, trace: Any, tb_offset: int | None = None
) -> None:
    shell.showtraceback((kind, value, trace), tb_offset=tb_offset)
    print(  # noqa: T201 (to the learner)
        "If another cell of this notebook sets this name: the notebook's kernel is new.\n"
        f"  next: run %load_ext sandbox, {_AGAIN}"
    )


_shell = get_ipython()
if _shell is not None:
    _prepare(_shell)
