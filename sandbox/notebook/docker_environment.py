"""The kernel's environment, made to lead to the sandbox, and back."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import MutableMapping

from sandbox.engine import client
from sandbox.sandbox import Sandbox


class Surroundings:
    """Makes ``!docker …`` in a notebook mean the sandbox's docker.

    ``docker``, ``sandbox`` and ``checker`` come first on PATH; what would lead a docker
    client to the learner's own Docker is taken out. ``leave`` puts everything back.

    Args:
        environ: The kernel's own by default.
    """

    def __init__(self, environ: MutableMapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._before: dict[str, str | None] = {}
        self._added_to_path: tuple[str, ...] = ()

    def enter(self, lab: Sandbox, port: int) -> None:
        """Lead to this sandbox, its registry at ``port``; may be repeated when that changes."""
        # A variable that the learner set after the first time is the learner's wish.
        if not self._before:
            for name in client.LEARNERS_OWN:
                self._set(name, None)
        for name, value in client.settings(lab.paths, port).items():
            self._set(name, value)
        # A kernel that JupyterLab started may not have the commands of its own Python on PATH.
        wanted = (str(lab.paths.bin), sysconfig.get_path("scripts"))
        self._take_from_path(self._added_to_path)
        self._environ["PATH"] = os.pathsep.join((*wanted, self._environ.get("PATH", "")))
        self._added_to_path = wanted

    def leave(self) -> None:
        """Put the environment back as it was."""
        for name, value in self._before.items():
            if value is None:
                self._environ.pop(name, None)
            else:
                self._environ[name] = value
        self._before.clear()
        self._take_from_path(self._added_to_path)
        self._added_to_path = ()

    def _set(self, name: str, value: str | None) -> None:
        self._before.setdefault(name, self._environ.get(name))
        if value is None:
            self._environ.pop(name, None)
        else:
            self._environ[name] = value

    def _take_from_path(self, folders: tuple[str, ...]) -> None:
        """The first of each only: the learner may have the same folder further down."""
        path = self._environ.get("PATH", "").split(os.pathsep)
        for folder in folders:
            if folder in path:
                path.remove(folder)
        self._environ["PATH"] = os.pathsep.join(path)
