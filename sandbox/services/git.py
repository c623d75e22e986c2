"""The sandbox's git server: a private repository that builds clone over ssh.

The host name ``git.lab`` exists only inside the sandbox, where builds run. The server itself is
``sandbox.engine.inside.git_server``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, MutableMapping
from importlib.resources import files
from pathlib import Path

from sandbox.engine import debian, lock, rootless
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState
from sandbox.errors import EngineError, SandboxError
from sandbox.services.ssh_agent import SshAgent

HOST = "git.lab"
REPOSITORY = "team/recipes.git"
SET_UP = "git-setup.sh"
BRANCH = "git-branch.sh"
HISTORY = "recipes.fast-import"
MADE_FROM = (SET_UP, HISTORY)
PARTS = ("host_key", "host_key.pub", "authorized_keys", f"{REPOSITORY}/HEAD")
"""Files that the server's folder must have, besides ``version``."""


class GitServer:
    """A private repository, and the ssh key of this sandbox that opens it. Create it by ``ready``.

    Args:
        paths: The sandbox's folders.
        state: The running engine's state.
    """

    url = f"git@{HOST}:{REPOSITORY}"
    """The repository's URL, for ``git clone``, for ``ADD``, or as the context of a build."""

    def __init__(self, paths: Paths, state: EngineState) -> None:
        self._paths = paths
        self._state = state

    @classmethod
    def ready(cls, paths: Paths, state: EngineState, *, tell: Callable[[str], None]) -> GitServer:
        """The git server of a running engine. The first call creates its keys and its repository.

        Raises:
            EngineError: The engine was started by a version of the lab without a git server.
            CommandError: The keys or the repository could not be created.
        """
        version = _version()
        if not _is_made(paths, version):
            with lock.held(paths.lock, tell=tell):
                if not _is_made(paths, version):
                    _make(paths, state, version)
        return cls(paths, state)

    @property
    def known_hosts(self) -> str:
        """The server's line for a ``known_hosts`` file, with which clients recognize the server.

        Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
        """
        kind, key, *_ = (self._paths.git / "host_key.pub").read_text().split()
        return f"{HOST} {kind} {key}\n"

    @property
    def key(self) -> Path:
        """The file of the private key that the server accepts. The key has no other use."""
        return self._paths.ssh / "id_ed25519"

    def agent(
        self, *, empty: bool = False, environ: MutableMapping[str, str] | None = None
    ) -> SshAgent:
        """An ssh-agent with the key, not started yet.

        Args:
            empty: Leave out the key, so that the server refuses the agent's clients.
            environ: The environment to set SSH_AUTH_SOCK in; None: that of this process.
        """
        return SshAgent(self._paths.run, None if empty else self.key, environ)

    @contextlib.contextmanager
    def branch(self, name: str, file: str, text: str) -> Iterator[None]:
        """Create a branch while the block runs, with one more file than main.

        Each call first removes the branches of killed processes.

        Args:
            name: The branch's name.
            file: The file's name, without a folder.
            text: The file's content.

        Raises:
            EngineError: The engine has ended.
            CommandError: The name is not valid for a branch or for a file.
        """
        with lock.lent(self._paths.lent_branches / name):
            for left in lock.returned(self._paths.lent_branches):
                self._branch("drop", left.name)
                left.unlink(missing_ok=True)
            self._branch("make", name, file, text)
            try:
                yield
            finally:
                # If the engine has ended, that error is more important than a leftover branch.
                with contextlib.suppress(SandboxError):
                    self._branch("drop", name)

    def _branch(self, *words: str) -> None:
        rootless.inside(self._state, ("sh", f"/lab/run/inside/{BRANCH}", *words))


def ask_images(context: str | None) -> frozenset[str]:
    """The images that the repository's Dockerfile names, if ``context`` is the repository.

    The engine itself clones such a context, so there is no Dockerfile on this machine to read. For
    another context the set is empty.
    """
    if context is None or HOST not in context:
        return frozenset()
    return frozenset(re.findall(r"(?m)^FROM (\S+)$", _text(HISTORY)))


def _version() -> str:
    return debian.content_key([_text(name) for name in MADE_FROM])


def _text(name: str) -> str:
    return files("sandbox.engine.inside").joinpath(name).read_text()


def _is_made(paths: Paths, version: str) -> bool:
    try:
        is_current = (paths.git / "version").read_text() == version
    except OSError:
        return False
    parts = (paths.ssh / "id_ed25519", *(paths.git / part for part in PARTS))
    return is_current and all(part.exists() for part in parts)


def _make(paths: Paths, state: EngineState, version: str) -> None:
    if not (paths.run / "inside" / SET_UP).exists():
        raise EngineError(
            "The running engine was started by a version of the lab without a git server.",
            next_step="run `sandbox down`, then `sandbox up`; images and cache stay",
        )
    rootless.inside(state, ("sh", f"/lab/run/inside/{SET_UP}", version))
