"""The kernel's environment, changed so that ``docker`` means the sandbox's docker."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import MutableMapping

from sandbox.engine import client
from sandbox.sandbox import Sandbox
from sandbox.scoped_environment import ScopedEnvironment


class DockerEnvironment:
    """Makes ``!docker …`` in a notebook mean the sandbox's docker.

    ``docker``, ``sandbox`` and ``checker`` come first on PATH. Variables that would make a docker
    client use the learner's own Docker are removed. ``leave`` restores the environment.

    Args:
        environ: The variables to change; None for the kernel's own.
    """

    def __init__(self, environ: MutableMapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._variables = ScopedEnvironment(self._environ)
        self._added_to_path: tuple[str, ...] = ()

    def enter(self, lab: Sandbox, port: int) -> None:
        """Point ``docker`` to this sandbox and its registry; call again after a change of either.

        Args:
            lab: The sandbox.
            port: The port of its registry.
        """
        # A variable that the learner set after the first time stays: the learner wants it.
        if not self._variables.is_changed:
            self._variables.set(dict.fromkeys(client.LEARNERS_OWN))
        self._variables.set(client.settings(lab.paths, port))
        # PATH of a kernel that JupyterLab started may lack the commands of the kernel's Python.
        wanted = (str(lab.paths.bin), sysconfig.get_path("scripts"))
        self._take_from_path(self._added_to_path)
        self._environ["PATH"] = os.pathsep.join((*wanted, self._environ.get("PATH", "")))
        self._added_to_path = wanted

    def leave(self) -> None:
        """Put the environment back as it was."""
        self._variables.restore()
        self._take_from_path(self._added_to_path)
        self._added_to_path = ()

    def _take_from_path(self, folders: tuple[str, ...]) -> None:
        """Remove the first of each only: the learner may have the same folder further down."""
        path = self._environ.get("PATH", "").split(os.pathsep)
        for folder in folders:
            if folder in path:
                path.remove(folder)
        self._environ["PATH"] = os.pathsep.join(path)
