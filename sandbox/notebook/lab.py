"""Opens JupyterLab as ``make lab`` does: ``python -m sandbox.notebook.lab ROOT [OPTION …]``.

ROOT is the folder that JupyterLab shows; the options are JupyterLab's own. In this JupyterLab,
terminals are the lab's (``terminal.py``), notebooks know its commands, and a cell that is run too
early says what to run first (``jupyter/new_kernel.py``). The rest of its configuration is in
``jupyter/labconfig``.
"""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox import process
from sandbox.atomic import write_text

CONFIGURATION = Path(__file__).parent / "jupyter"
STARTUP = Path("profile_default") / "startup" / "00-buildkit-lab.py"
"""The start-up file, in IPython's folder."""


def command(root: Path, options: Sequence[str] = ()) -> tuple[str, ...]:
    """The command that starts JupyterLab.

    Args:
        root: The folder that it shows.
        options: More options; the last one wins.
    """
    terminal = shlex.join((sys.executable, "-m", "sandbox.notebook.terminal"))
    return (
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={root}",
        f"--ServerApp.terminado_settings=shell_command={terminal}",
        # The colours of saved pictures, which are there before any kernel.
        "--LabApp.custom_css=True",
        # ServerApp.static_custom_path would do too, but JupyterLab warns that it is unknown.
        f"--ServerApp.tornado_settings=static_custom_path={CONFIGURATION / 'custom'}",
        *(() if os.getuid() else ("--allow-root",)),
        *options,
    )


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """The variables of JupyterLab, which its kernels inherit.

    Args:
        base: The environment to start from.
    """
    search = filter(None, (str(CONFIGURATION), base.get("JUPYTER_CONFIG_PATH")))
    # Cells may call the lab's commands before %load_ext.
    path = filter(None, (sysconfig.get_path("scripts"), base.get("PATH")))
    return {
        **base,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(search),
        "PATH": os.pathsep.join(path),
    }


def prepare_kernels(ipython: Path) -> None:
    """Put the start-up file into IPython's folder, for every kernel that starts from now on."""
    target = ipython / STARTUP
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, (CONFIGURATION / "new_kernel.py").read_text(encoding="utf-8"))


def main(argv: Sequence[str]) -> None:
    """Become JupyterLab."""
    root, *options = argv
    if ipython := os.environ.get("IPYTHONDIR"):
        prepare_kernels(Path(ipython))
    os.chdir(root)  # terminals open in the server's folder
    process.replace(command(Path(root), options), env=environment(os.environ))


if __name__ == "__main__":
    main(sys.argv[1:])
