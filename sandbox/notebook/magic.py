"""The magic ``%docker``, and the display of its results."""

from __future__ import annotations

import os
import sys
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.display import display

from sandbox.errors import HostError, UsageError
from sandbox.model.build import Build
from sandbox.model.stage_graph import StageGraph
from sandbox.notebook.session import Result, Session
from sandbox.notebook.typed import read_typed
from sandbox.views import Picture, failure_picture, stage_graph, stage_graph_text, timeline


@magics_class
class DockerMagic(Magics):
    """``%docker``: a docker command of the sandbox, as it is typed in a terminal.

    Args:
        shell: The shell it is registered with.
        session: Runs the commands.
    """

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell)
        self._values = shell.user_ns
        self._session = session
        self._just_shown: Result | None = None

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def docker(
        self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None
    ) -> Result | None:
        """Run a docker command in the sandbox.

        In a line, leave out the word docker; ``{python}`` values and ``$VARIABLES`` are expanded::

            build = %docker buildx build --target test .

        In a cell, type the command as in a terminal; a name after ``%%docker`` gets the result::

            %%docker build
            DOCKER_BUILDKIT=0 docker build \\
              --tag site .

        Returns:
            A Build, which is drawn too. For any other command, which prints its output, a result
            with ``exit_code``, ``stdout``, ``stderr`` and ``duration_s``.
        """
        name = line.strip() if cell is not None else ""
        if name and not name.isidentifier():
            raise UsageError(
                f"{name!r} is not a valid name for the result of this cell.",
                next_step="write the whole command below the first line, "
                "and after %%docker only a Python name, or nothing",
            )
        # Before the command is read, because this may set $REGISTRY.
        self._session.ready()
        names = {**self._values, **(local_ns or {})}
        typed = read_typed(line if cell is None else cell, names, os.environ)
        result = self._session.run(typed)
        if isinstance(result, Build):
            show_build(result, pictures=not self._session.has_drawn)
        if name:
            self._values[name] = result
            return None
        self._just_shown = result
        return result

    def show_result(self, result: Result) -> None:
        """Show a result that a cell ends with, but not again right after the command."""
        if result is self._just_shown:
            self._just_shown = None
        elif isinstance(result, Build):
            show_build(result)
        else:
            sys.stdout.write(result.stdout + result.stderr)

    def forget_shown(self) -> None:
        """A new cell begins: from now on, any result is shown again."""
        self._just_shown = None


def show_build(build: Build, *, pictures: bool = True) -> None:
    """Show a build: warnings of build checks, why it failed, stage graph, timeline.

    Args:
        build: The build.
        pictures: Whether to draw it; a live view has already done so, and has said why it failed.
    """
    notes = [
        f"Check {w.rule}{f' (line {w.line})' if w.line else ''}: {w.message}"
        for w in build.trace.warnings
        if w.rule is not None
    ]
    if not build.ok and build.explanation is None:  # it was cancelled
        notes += [*build.trace.plain, f"The build ended with exit code {build.exit_code}."]
    if notes:
        sys.stdout.write("\n".join(notes) + "\n")
    if not pictures:
        return
    if build.explanation is not None:
        _show(failure_picture(build.explanation))
    if build.graph is None and not build.trace.stages:
        return
    if build.graph is not None:
        _show_graph(build, build.graph)
    if build.ok or build.trace.has_begun:
        _show(timeline(build))


def _show_graph(build: Build, graph: StageGraph) -> None:
    """Show the stage graph as a picture, or as text with the reason if it cannot be drawn."""
    try:
        _show(stage_graph(graph, build))
    except HostError as error:
        sys.stdout.write(f"{stage_graph_text(graph, build)}\n{error.report()}\n")


def _show(picture: Picture) -> None:
    display(picture)  # type: ignore[no-untyped-call]
