"""Executes a notebook and writes it as HTML: ``python -m sandbox.notebook.execute FILE …``.

stderr is progress, a line a cell with its seconds; stdout says where the HTML is. Exit
codes: 0 done, 1 a cell failed, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from sandbox.errors import SandboxError, UsageError
from sandbox.notebook.page import to_html

CELL_TIMEOUT_S = 300
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
EXIT_FAILED, EXIT_USAGE, EXIT_NO_SANDBOX, EXIT_INTERRUPTED = 1, 2, 3, 130


class NotebookError(SandboxError):
    """A cell of a notebook ended with an error, or did not end."""


@dataclass(frozen=True, slots=True)
class CellRun:
    """One cell that was run.

    Args:
        cell_id: The notebook's name for it.
        duration_s: From its start to its end.
    """

    cell_id: str
    duration_s: float


def execute(
    notebook: NotebookNode,
    folder: Path,
    *,
    timeout_s: float = CELL_TIMEOUT_S,
    on_cell: Callable[[int, NotebookNode, float | None], None] = lambda *_: None,
    env: Mapping[str, str] | None = None,
) -> tuple[CellRun, ...]:
    """Run all cells in ``folder`` with a kernel of this Python; outputs go into ``notebook``.

    Args:
        timeout_s: For each cell.
        on_cell: Takes the number and the cell, with None before it runs and its seconds after.
        env: Of the kernel; None for this process's own.

    Raises:
        NotebookError: A cell failed. What was executed up to then is in ``notebook``.
    """
    began: dict[int, float] = {}
    runs: list[CellRun] = []

    def starts(cell: NotebookNode, cell_index: int) -> None:
        # nbclient announces text as well, which it does not run.
        if cell.cell_type == "code":
            began[cell_index] = time.monotonic()
            on_cell(cell_index, cell, None)

    def ended(cell: NotebookNode, cell_index: int, **_: object) -> None:
        seconds = time.monotonic() - began[cell_index]
        runs.append(CellRun(cell.id, seconds))
        on_cell(cell_index, cell, seconds)

    try:
        with tempfile.TemporaryDirectory(prefix="lab-kernel-") as sockets, _event_loop():
            NotebookClient(
                notebook,
                timeout=timeout_s,
                kernel_name="python3",
                resources={"metadata": {"path": str(folder)}},
                coalesce_streams=True,
                on_cell_start=starts,
                on_cell_executed=ended,
                # Sockets of this user's alone, where TCP is open to everyone on the machine.
                config=Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/kernel"}),
            ).execute(**({} if env is None else {"env": dict(env)}))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        failed = notebook.cells[max(began)]
        raise NotebookError(
            f"Cell {failed.id} failed: {_first_line(failed)}",
            next_step=f"look at cell {failed.id}, or run the notebook in JupyterLab (`make lab`)",
            stderr_tail=_what_it_said(failed, error),
        ) from error
    except RuntimeError as error:  # nbclient's word for a kernel that does not begin
        raise NotebookError(
            f"No kernel for the notebook: {error}.",
            next_step="try `python -m ipykernel_launcher --version` with this Python",
        ) from error
    return tuple(runs)


def read(path: Path) -> NotebookNode:
    """A notebook from a file.

    Raises:
        UsageError: It is not there, or not one.
    """
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call,no-any-return]
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise UsageError(
            f"{path} cannot be read as a notebook: {error}.", next_step="give an .ipynb file"
        ) from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.notebook.execute")
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--html", type=Path, help="write here; a folder for several notebooks")
    parser.add_argument("--timeout", type=float, default=CELL_TIMEOUT_S, help="seconds a cell")
    options = parser.parse_args(argv)

    def work() -> None:
        for path in options.notebooks:
            _execute_file(path, options.html, options.timeout)

    return reported(work)


def reported(work: Callable[[], None]) -> int:
    """Do the work of a command line; its exit code, with what went wrong on stderr."""
    try:
        work()
    except SandboxError as error:
        sys.stderr.write(f"{error.report()}\n")
        if isinstance(error, UsageError):
            return EXIT_USAGE
        return EXIT_FAILED if isinstance(error, NotebookError) else EXIT_NO_SANDBOX
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return EXIT_INTERRUPTED
    return 0


def _execute_file(path: Path, html: Path | None, timeout_s: float) -> None:
    notebook = read(path)
    began = time.monotonic()
    try:
        execute(notebook, path.parent, timeout_s=timeout_s, on_cell=CellProgress(notebook).on_cell)
    finally:
        # Also of a notebook that failed: its outputs show where.
        if html is not None:
            target = html if html.suffix == ".html" else html / f"{path.stem}.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(to_html(notebook, path.stem), encoding="utf-8")
            sys.stdout.write(f"{target}\n")
    sys.stderr.write(f"{path.name}: {time.monotonic() - began:.1f} s\n")


class CellProgress:
    """A line on stderr for each cell of code."""

    def __init__(self, notebook: NotebookNode) -> None:
        code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        self._paths = {index: place for place, index in enumerate(code, start=1)}

    def on_cell(self, index: int, cell: NotebookNode, seconds: float | None) -> None:
        if seconds is None:
            place = f"[{self._paths[index]:2}/{len(self._paths)}]"
            sys.stderr.write(f"{place} {_first_line(cell)[:70]:70} ")
        else:
            sys.stderr.write(f"{seconds:5.1f} s\n")
        sys.stderr.flush()


def _first_line(cell: NotebookNode) -> str:
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return lines[0] if lines else ""


def _what_it_said(cell: NotebookNode, error: Exception) -> str:
    """The cell's own words: the end of what it printed, and its error without the way to it."""
    said = [_ANSI.sub("", o.text) for o in cell.outputs if o.output_type == "stream"]
    failures = [o for o in cell.outputs if o.output_type == "error"]
    for failure in failures:
        frames = _ANSI.sub("", "\n".join(failure.traceback)).splitlines()
        said += [line for line in frames if line.startswith("---->")][-1:]
        said.append(f"{failure.ename}: {_ANSI.sub('', failure.evalue)}")
    if not failures:
        said.append(str(error).splitlines()[0])
    return "\n".join("\n".join(said).splitlines()[-20:])


@contextlib.contextmanager
def _event_loop() -> Iterator[None]:
    """A loop for nbclient, closed afterwards; it would leave one open for the interpreter's end."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


if __name__ == "__main__":
    sys.exit(main())
