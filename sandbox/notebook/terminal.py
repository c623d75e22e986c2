"""The terminal of JupyterLab: the learner's own shell, with the lab's commands in it.

``docker`` is the sandbox's, as in ``sandbox shell``. If the sandbox does not start, the terminal
says why, and has the commands ``sandbox`` and ``checker`` all the same.
"""

from __future__ import annotations

import os
import sys
import sysconfig

from sandbox import process
from sandbox.engine.client_shell import open_shell
from sandbox.errors import SandboxError
from sandbox.progress import Progress
from sandbox.sandbox import Sandbox

_COMMANDS = "Commands of the lab: docker (the sandbox's), sandbox, checker.\n"


def main() -> None:
    """Become the shell."""
    try:
        with Progress() as progress:
            lab = Sandbox(tell=progress.tell)
            lab.up()
        env, told = lab.environment(), _COMMANDS
    except (SandboxError, OSError, KeyboardInterrupt) as error:
        env, told = _without_sandbox(), _why(error)
    sys.stderr.write(told)
    argv, env = open_shell(env)
    process.replace(argv, env=env)


def _without_sandbox() -> dict[str, str]:
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)))
    return {**os.environ, "PATH": path}


def _why(error: BaseException) -> str:
    cause = error.report() if isinstance(error, SandboxError) else str(error) or "Interrupted."
    return f"{cause}\nHere, docker is not the sandbox's. next: sandbox shell\n"


if __name__ == "__main__":
    main()
