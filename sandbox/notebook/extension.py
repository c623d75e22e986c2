"""The IPython extension: the magic, the environment, and errors without a traceback."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from sandbox import process
from sandbox.errors import SandboxError
from sandbox.model.build import Build
from sandbox.notebook import front_end
from sandbox.notebook.figures import draw_figures, draw_no_figures
from sandbox.notebook.live_view import screen_of
from sandbox.notebook.magic import DockerMagic
from sandbox.notebook.session import CommandInterrupted, Session

_SHORT = (SandboxError, CommandInterrupted)
_LOADED = "_buildkit_lab"
"""The shell's attribute for the loaded extension, which ``unload`` needs."""


class _Loaded:
    """One loading of the extension into one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._session = Session(
            lambda: screen_of(shell), has_widgets=lambda: front_end.has_widgets(shell)
        )
        self._magic = DockerMagic(shell, self._session)

    def load(self) -> None:
        # Error handling comes first, because starting the sandbox may already fail.
        _set_errors(self._shell, _SHORT, _show_short)
        self._session.begin()
        self._shell.register_magics(self._magic)
        self._shell.events.register("pre_run_cell", self._forget_shown)
        for kind in (Build, process.Completed):
            self._formatter().for_type(kind, self._magic.show_result)
        draw_figures(self._shell)

    def unload(self) -> None:
        self._session.close()
        for kind in (Build, process.Completed):
            self._formatter().pop(kind, None)
        draw_no_figures(self._shell)
        self._shell.events.unregister("pre_run_cell", self._forget_shown)
        for kind_of_magic in self._shell.magics_manager.magics.values():
            kind_of_magic.pop("docker", None)
        _set_errors(self._shell, (), None)

    def _formatter(self) -> Any:
        display_formatter: Any = self._shell.display_formatter
        return display_formatter.ipython_display_formatter

    def _forget_shown(self, _: object) -> None:
        self._magic.forget_shown()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext sandbox``: start the sandbox, point ``docker`` at it, and add ``%docker``.

    Raises:
        SandboxError: The sandbox could not be started.
    """
    loaded = _Loaded(shell)
    loaded.load()
    sys.stdout.write("The sandbox is up; docker in this notebook is the sandbox's.\n")
    setattr(shell, _LOADED, loaded)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext sandbox``: restore the kernel. The sandbox keeps running."""
    loaded = getattr(shell, _LOADED)
    delattr(shell, _LOADED)
    loaded.unload()


def _set_errors(shell: Any, kinds: tuple[type[BaseException], ...], handler: Any) -> None:
    shell.set_custom_exc(kinds, handler)


def _show_short(
    shell: Any,
    kind: type[BaseException],
    value: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error's message and next step, without a traceback of the lab's own code."""
    assert isinstance(value, _SHORT)
    lines = value.report().splitlines()
    # This method of the shell also reports to the notebook that the cell failed.
    shell._showtraceback(kind, value, lines)
    return lines
