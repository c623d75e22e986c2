"""JupyterLab as ``make lab`` opens it: its terminal, its kernels, its settings."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import HostError
from sandbox.notebook import lab, terminal


def test_later_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    argv = lab.command(Path("/a b"), ("--no-browser",))
    assert argv[:3] == (sys.executable, "-m", "jupyterlab")
    assert argv[-1] == "--no-browser"
    assert "--ServerApp.root_dir=/a b" in argv
    assert "--allow-root" not in argv
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert "--allow-root" in lab.command(Path())


def test_a_terminal_is_the_labs_also_below_a_folder_with_a_blank(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/a b/python")
    (told,) = (word for word in lab.command(Path()) if "shell_command" in word)
    # JupyterLab splits it as a shell does.
    words = shlex.split(told.split("shell_command=")[1])
    assert words == ["/a b/python", "-m", "sandbox.notebook.terminal"]


def test_saved_pictures_are_dark_in_a_dark_theme_before_any_kernel_runs() -> None:
    argv = lab.command(Path())
    assert "--LabApp.custom_css=True" in argv
    option = "--ServerApp.tornado_settings=static_custom_path="
    (folder,) = (word.removeprefix(option) for word in argv if word.startswith(option))
    css = (Path(folder) / "custom.css").read_text(encoding="utf-8")
    assert '[data-jp-theme-light="false"] .jp-RenderedSVG > img { color-scheme: dark; }' in css


def test_kernels_find_the_commands_and_the_learners_settings_stay() -> None:
    env = lab.environment({"PATH": "/usr/bin", "JUPYTER_CONFIG_PATH": "/mine"})
    assert env["PATH"].endswith(":/usr/bin")
    assert env["JUPYTER_CONFIG_PATH"] == f"{lab.CONFIGURATION}:/mine"
    settings = json.loads(
        (lab.CONFIGURATION / "labconfig" / "default_setting_overrides.json").read_text()
    )
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


class Became(Exception):
    """The program that a process was replaced by."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[tuple[str, ...], dict[str, str]]]:
    def replace(argv: tuple[str, ...], *, env: dict[str, str]) -> None:
        raise Became(argv, env)

    monkeypatch.setattr(terminal.process, "replace", replace)

    def run() -> tuple[tuple[str, ...], dict[str, str]]:
        with pytest.raises(Became) as caught:
            terminal.main()
        return caught.value.args[0], caught.value.args[1]

    return run


def test_without_a_sandbox_the_terminal_says_why_and_opens(
    monkeypatch: pytest.MonkeyPatch, became: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def up(_: object) -> None:
        raise HostError("No /dev/net/tun.", next_step="chmod it")

    monkeypatch.setattr(terminal.Sandbox, "up", up)
    monkeypatch.setenv("SHELL", "/bin/bash")
    argv, env = became()
    assert argv == ("/bin/bash", "--norc")
    assert env["PATH"].startswith(str(Path(sys.executable).parent))
    told = capsys.readouterr().err
    assert "No /dev/net/tun." in told
    assert "docker is not the sandbox's. next: sandbox shell" in told


CELLS = """\
%docker buildx build .
---
%%docker
docker build .
---
%checker list
---
print(first.duration_s)
---
%load_ext checker
%checker grade
"""


def test_a_cell_run_too_early_says_what_to_run_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415

    lab.prepare_kernels(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.split("---\n")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True).execute()
    told = [
        "".join(
            "\n".join(output.get("traceback", ()))
            + output.get("text", "")
            + output.get("data", {}).get("text/plain", "")
            for output in cell.outputs
        )
        for cell in notebook.cells
    ]
    for text in told[:2]:
        assert "%docker is not there yet: this notebook's kernel is new." in text
        assert "next: run %load_ext sandbox, then run this notebook's cells again" in text
    assert "run %load_ext checker" in told[2]
    assert "NameError" in told[3]
    assert "next: run %load_ext sandbox" in told[3]
    assert "checker grade 01" in told[4]
