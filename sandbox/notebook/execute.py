"""Executes notebooks and writes them as HTML: ``python -m sandbox.notebook.execute FILE …``.

stderr has the progress, a line with a duration for each cell; stdout has the paths of the HTML
files. Exit codes: 0 done, 1 a cell failed, 2 wrong usage, 3 no sandbox, 130 interrupted.
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
    """A cell of a notebook failed, or did not end in time."""


@dataclass(frozen=True, slots=True)
class CellRun:
    """One execution of a cell.

    Args:
        cell_id: The cell's id in the notebook.
        duration_s: The time from start to end.
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
    """Run all cells with a kernel of this Python, and store their outputs in ``notebook``.

    Args:
        notebook: The notebook.
        folder: The working directory of the kernel.
        timeout_s: The time limit for each cell.
        on_cell: Called with the number, the cell and None before a cell runs, and with its
            duration in seconds in place of None afterwards.
        env: The kernel's environment; None: that of this process.

    Returns:
        The executed cells, in order.

    Raises:
        NotebookError: A cell failed. ``notebook`` has the outputs up to then.
    """
    began: dict[int, float] = {}
    runs: list[CellRun] = []

    def starts(cell: NotebookNode, cell_index: int) -> None:
        # nbclient also calls this for text cells, which it does not run.
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
                # Unix sockets that only this user can open. TCP would be open to all users.
                config=Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/kernel"}),
            ).execute(**({} if env is None else {"env": dict(env)}))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        failed = notebook.cells[max(began)]
        raise NotebookError(
            f"Cell {failed.id} failed: {_first_line(failed)}",
            next_step=f"look at cell {failed.id}, or run the notebook in JupyterLab (`make lab`)",
            stderr_tail=_what_it_said(failed, error),
        ) from error
    except RuntimeError as error:  # nbclient's error for a kernel that does not start
        raise NotebookError(
            f"The notebook's kernel did not start: {error}.",
            next_step="try `python -m ipykernel_launcher --version` with this Python",
        ) from error
    return tuple(runs)


def read(path: Path) -> NotebookNode:
    """Read a notebook from a file.

    Raises:
        UsageError: The file does not exist, or is not a notebook.
    """
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call,no-any-return]
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise UsageError(
            f"{path} cannot be read as a notebook: {error}.", next_step="give an .ipynb file"
        ) from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.notebook.execute")
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--html", type=Path, help="an .html file to write, or a folder for them")
    parser.add_argument(
        "--timeout", type=float, default=CELL_TIMEOUT_S, help="time limit for a cell, in seconds"
    )
    options = parser.parse_args(argv)

    def work() -> None:
        for path in options.notebooks:
            _execute_file(path, options.html, options.timeout)

    return reported(work)


def reported(work: Callable[[], None]) -> int:
    """Do the work of a command line; reports an error on stderr, and returns the exit code."""
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
        # A notebook that failed is written too, because its outputs show where.
        if html is not None:
            target = html if html.suffix == ".html" else html / f"{path.stem}.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(to_html(notebook, path.stem), encoding="utf-8")
            sys.stdout.write(f"{target}\n")
    sys.stderr.write(f"{path.name}: {time.monotonic() - began:.1f} s\n")


class CellProgress:
    """Prints a line on stderr for each code cell."""

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
    """The end of the cell's output, then the failing line and the message of its error."""
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
    """Set an event loop for nbclient and close it afterwards; nbclient would leave its own open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


if __name__ == "__main__":
    sys.exit(main())
