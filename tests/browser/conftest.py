"""A real JupyterLab on this machine, and a browser that looks at it without a screen."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sandbox import Sandbox
from sandbox.notebook.lab import command, environment, prepare_kernels

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
START_S = 60
PATIENCE_MS = 30_000
"""For what has to happen sooner or later, also on a busy machine."""
WHOLE_NOTEBOOK_MS = 180_000
SETTINGS = {
    # A cell that is not in sight is drawn all the same.
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@dataclass(frozen=True, slots=True)
class Lab:
    """A JupyterLab: where it is, and the folder that it shows."""

    url: str
    token: str
    folder: Path


@pytest.fixture(scope="session")
def lab(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """On loopback, with a token and with every folder of its own."""
    home = tmp_path_factory.mktemp("jupyter")
    for name, value in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    folder = tmp_path_factory.mktemp("notebooks")
    token = secrets.token_hex(16)
    env = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_TOKEN": token,
        "BUILDKIT_LAB_WORK": str(folder / "work"),
    }
    prepare_kernels(home / "ipython")
    options = ("--no-browser", "--port=0", "--ServerApp.ip=127.0.0.1")
    argv = command(folder, (*options, "--LabApp.expose_app_in_browser=True"))
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(argv, env=environment(env), cwd=folder, stdout=log, stderr=log)
        try:
            port = _port(home / "runtime", server, home / "server.log")
            yield Lab(f"http://127.0.0.1:{port}", token, folder)
        finally:
            server.terminate()
            server.wait(PATIENCE_MS / 1000)


def _port(runtime: Path, server: subprocess.Popen[bytes], log: Path) -> int:
    """The port that the server has chosen, once it answers there."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        # Missing at first, then half-written, then there before the server listens.
        with contextlib.suppress(OSError, ValueError):
            told = json.loads((runtime / f"jpserver-{server.pid}.json").read_text())
            url = f"http://127.0.0.1:{told['port']}/api?token={told['token']}"
            with urllib.request.urlopen(url, timeout=5):
                return int(told["port"])
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


# Not for the whole session: playwright's event loop would stand in the way of later tests' own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


# Notes every state that a box or a bar goes through, so that none is missed between two looks.
WITNESS = """
window.seenStates = {};
const note = (node) => {
  const of = node.dataset?.stage;
  if (!of || !node.dataset.state) return;
  const seen = (window.seenStates[of] ??= []);
  if (seen.at(-1) !== node.dataset.state) seen.push(node.dataset.state);
};
new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") note(change.target);
    for (const node of change.addedNodes) {
      note(node);
      node.querySelectorAll?.("[data-stage]").forEach(note);
    }
  }
}).observe(document, { subtree: true, childList: true, attributes: true,
                       attributeFilter: ["data-state"] });
"""


# Before that, "run all cells" asks which kernel is wanted.
READY = """async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget.context;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
}"""
NO_KERNEL = "() => jupyterapp.shell.currentWidget.context.sessionContext.shutdown()"


class Desk:
    """A page of the browser with the lab in it.

    Args:
        page: Empty.
        lab: The server.
    """

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page = page
        self.folder = lab.folder
        self.root = ROOT
        self._lab = lab

    def write(self, name: str, dockerfile: str, command: str) -> Path:
        """A folder with a Dockerfile, and beside it a notebook that runs one command."""
        context = self.folder / name
        context.mkdir(exist_ok=True)
        (context / "Dockerfile").write_text(dockerfile)
        return self.write_cells(name, ("%load_ext sandbox", f"build = %{command}"))

    def write_cells(self, name: str, cells: Sequence[str]) -> Path:
        """A notebook of these cells."""
        notebook = self.folder / f"{name}.ipynb"
        notebook.write_text(json.dumps(_notebook(cells)))
        return notebook

    def url(self, notebook: Path) -> str:
        """Where the lab shows it."""
        path = notebook.relative_to(self.folder).as_posix()
        return f"{self._lab.url}/doc/tree/{path}?token={self._lab.token}&reset"

    def open(self, notebook: Path) -> None:
        """Returns when the kernel answers."""
        self.page.goto(self.url(notebook))
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate(READY)

    def use_theme(self, shade: str) -> None:
        """``Light`` or ``Dark``; returns when it is there."""
        self.do("apputils:change-theme", theme=f"JupyterLab {shade}")
        light = "true" if shade == "Light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")

    def run_all(self) -> None:
        """Begin to run all cells; returns at once."""
        self.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")

    def wait_until_idle(self) -> None:
        """Returns when the kernel has nothing more to do."""
        idle = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
        self.page.wait_for_selector(idle, timeout=WHOLE_NOTEBOOK_MS)

    def do(self, command: str, **arguments: object) -> None:
        """One of JupyterLab's commands, to its end."""
        script = "([name, args]) => jupyterapp.commands.execute(name, args).then(() => null)"
        self.page.evaluate(script, [command, arguments])

    def end_kernel(self) -> None:
        """Shut the notebook's kernel down."""
        self.page.evaluate(NO_KERNEL)

    def seen(self, stage: str) -> list[str]:
        """Every state that the box of a stage went through."""
        states: list[str] = self.page.evaluate("name => window.seenStates[name] ?? []", stage)
        return states

    def screenshot(self, name: str) -> None:
        """For people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def desk(browser: Browser, lab: Lab) -> Iterator[Desk]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.add_init_script(WITNESS)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield Desk(page, lab)
    context.close()


def _notebook(cells: Sequence[str]) -> dict[str, Any]:
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
