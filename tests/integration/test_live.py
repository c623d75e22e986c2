"""Builds that are watched, on the real engine, in kernels with and without widgets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from sandbox import Sandbox
from sandbox.build.recorder import UNREADABLE, WHOLE_LOG

WIDGET = "application/vnd.jupyter.widget-view+json"
TALKATIVE = """\
FROM lab/busybox
RUN for part in $(seq 50); do seq 2000; sleep 0.1; done; echo the very end
"""
QUICK = """\
FROM lab/busybox AS one
RUN echo "this is one"
FROM lab/busybox
COPY --from=one /bin/busybox /again
"""
INTERRUPT = """\
import os, signal, threading
threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT)).start()
%docker buildx build --no-cache -f Endless .
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(QUICK)
    (tmp_path / "Talkative").write_text(TALKATIVE)
    (tmp_path / "Endless").write_text("FROM lab/busybox\nRUN while true; do sleep 0.2; done\n")
    return tmp_path


@pytest.fixture(params=["text", "live"])
def view(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("BUILDKIT_LAB_VIEW")
    os.environ["BUILDKIT_LAB_VIEW"] = request.param
    yield request.param
    if before is None:
        del os.environ["BUILDKIT_LAB_VIEW"]
    else:
        os.environ["BUILDKIT_LAB_VIEW"] = before


def run(folder: Path, *cells: str) -> list[list[dict[str, Any]]]:
    """The outputs of each cell, run by nbclient in a kernel of its own."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in ("%load_ext sandbox", *cells)]
    )
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    asyncio.run(client.async_execute())
    return [cell.outputs for cell in notebook.cells[1:]]


def text_of(outputs: list[dict[str, Any]]) -> str:
    return "".join(
        str(output.get("text", "")) + output.get("data", {}).get("text/plain", "")
        for output in outputs
    )


def test_what_is_shown_fits_the_front_end(sandbox: Sandbox, context: Path, view: str) -> None:
    (outputs,) = run(context, "build = %docker buildx build --no-cache .")
    pictures = [output["data"] for output in outputs if "data" in output]
    assert not any(WIDGET in data for data in pictures)
    svgs = [data for data in pictures if "image/svg+xml" in data]
    # With a live view both pictures are one, in the output that was live.
    assert len(svgs) == (1 if view == "live" else 2)
    text = text_of(outputs)
    assert "Stage graph" in text
    assert "Critical path" in text
    assert ("The build is done" if view == "live" else "[+] Building") in text


def test_an_interrupt_cancels_and_the_kernel_goes_on(
    sandbox: Sandbox, context: Path, view: str
) -> None:
    cancelled, after = run(context, INTERRUPT, "print('still', 'here')")
    errors = [output for output in cancelled if output["output_type"] == "error"]
    assert [error["ename"] for error in errors] == ["CommandInterrupted"]
    assert "still here" in text_of(after)
    if view == "live":
        assert "The build was cancelled" in text_of(cancelled)


def test_a_hundred_thousand_lines_are_kept_in_a_file_and_not_in_memory(
    sandbox: Sandbox, context: Path
) -> None:
    argv = ("docker", "buildx", "build", "--no-cache", "-f", "Talkative", ".")
    build = sandbox.build_line(argv, cwd=context, most_log_lines=2_000)
    assert build.log_path is not None
    with (build.log_path.parent / WHOLE_LOG).open() as whole:
        assert sum(1 for _ in whole) == 100_001
    assert max(len(v.log.splitlines()) for v in build.trace.vertexes) == 2_000
    assert len(build.log.splitlines()) == 20_000
    assert build.log.endswith("the very end\n")


def test_a_line_that_cannot_be_read_is_kept_and_the_build_goes_on(
    sandbox: Sandbox, context: Path
) -> None:
    """A client that stands in for buildx spoils one of its lines."""
    client = sandbox.paths.bin / "docker"
    real = client.resolve()
    client.unlink()
    client.write_text(f'#!/bin/sh\necho \'{{"vertexes": [5]}}\' >&2\nexec {real} "$@"\n')
    client.chmod(0o755)
    try:
        build = sandbox.build_line(("docker", "buildx", "build", "."), cwd=context)
    finally:
        client.unlink()
        client.symlink_to(real)
    assert build.ok
    assert build.log_path is not None
    kept = build.log_path.parent / UNREADABLE
    assert kept.read_text() == '{"vertexes": [5]}\n'
