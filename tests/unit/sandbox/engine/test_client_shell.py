"""A shell keeps the lab's PATH and prompt, whatever its start-up files say."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from sandbox.engine.client_shell import open_shell


@pytest.mark.parametrize(
    ("shell", "argv"),
    [
        ("/bin/bash", ("/bin/bash", "--norc")),
        ("/usr/bin/zsh", ("/usr/bin/zsh", "-f")),
        ("/usr/bin/fish", ("/usr/bin/fish", "--no-config")),
        ("/bin/tcsh", ("/bin/tcsh", "-f")),
        ("/bin/dash", ("/bin/dash",)),
        ("", ("/bin/sh",)),
    ],
)
def test_no_shell_reads_start_up_files(shell: str, argv: tuple[str, ...]) -> None:
    found, env = open_shell({"SHELL": shell, "ENV": "/home/ada/.shrc", "HOME": "/home/ada"})
    assert found == argv
    assert "ENV" not in env
    assert env["PS1"].startswith("(lab) ")


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/dash"])
def test_path_and_prompt_are_the_labs(shell: str, tmp_path: Path) -> None:
    for name in (".bashrc", ".profile", ".shrc"):
        (tmp_path / name).write_text("PATH=/nowhere\nPS1='mine> '\n")
    commands = tmp_path / "lab"
    commands.mkdir()
    (commands / "docker").write_text("#!/bin/sh\necho the lab\n")
    (commands / "docker").chmod(0o755)
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    argv, env = open_shell(
        {"SHELL": shell, "HOME": str(tmp_path), "ENV": str(tmp_path / ".shrc"), "PATH": path}
    )
    master, slave = pty.openpty()
    with os.fdopen(master, "w"), os.fdopen(slave, "r") as terminal:
        ran = subprocess.run(
            (*argv, "-i"),
            env=env,
            cwd=tmp_path,
            input="docker\nexit\n",
            text=True,
            stdout=subprocess.PIPE,
            stderr=terminal.fileno(),
            timeout=20,
            check=True,
        )
    assert "the lab" in ran.stdout
