"""The sandbox's git server: a private repository that builds clone over ssh.

Only the inside of the sandbox knows the name ``git.lab``. The server itself is
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
"""Files of the server's folder, beside ``version``."""


class GitServer:
    """A private repository, which the key of this sandbox opens; see ``ready``.

    Args:
        paths: The sandbox's folders.
        state: The running engine.
    """

    url = f"git@{HOST}:{REPOSITORY}"
    """For ``git clone``, ``ADD``, or as the context of a build."""

    def __init__(self, paths: Paths, state: EngineState) -> None:
        self._paths = paths
        self._state = state

    @classmethod
    def ready(cls, paths: Paths, state: EngineState, *, tell: Callable[[str], None]) -> GitServer:
        """The git server of a running engine; its keys and repository are made on first use.

        Raises:
            EngineError: A version of the lab without a git server started the engine.
            CommandError: The keys or the repository could not be made.
        """
        version = _version()
        if not _is_made(paths, version):
            with lock.held(paths.lock, tell=tell):
                if not _is_made(paths, version):
                    _make(paths, state, version)
        return cls(paths, state)

    @property
    def known_hosts(self) -> str:
        """The server's line for a ``known_hosts`` file, by which clients recognise it.

        Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
        """
        kind, key, *_ = (self._paths.git / "host_key.pub").read_text().split()
        return f"{HOST} {kind} {key}\n"

    @property
    def key(self) -> Path:
        """The private key that the server accepts, for ``ssh-add``; it opens nothing else."""
        return self._paths.ssh / "id_ed25519"

    def agent(
        self, *, empty: bool = False, environ: MutableMapping[str, str] | None = None
    ) -> SshAgent:
        """An ssh-agent that holds the key; not started yet.

        Args:
            empty: Without a key, so that the server refuses its clients.
            environ: The environment that gets SSH_AUTH_SOCK; None for this process's own.
        """
        return SshAgent(self._paths.run, None if empty else self.key, environ)

    @contextlib.contextmanager
    def branch(self, name: str, file: str, text: str) -> Iterator[None]:
        """A branch of the repository while the block runs: main with one more file.

        Branches of killed processes are removed first.

        Args:
            name: Of the branch.
            file: The file's name, without a folder.
            text: The file's content.

        Raises:
            EngineError: The engine is gone.
            CommandError: Git does not accept the name of the branch or of the file.
        """
        with lock.lent(self._paths.lent_branches / name):
            for left in lock.returned(self._paths.lent_branches):
                self._branch("drop", left.name)
                left.unlink(missing_ok=True)
            self._branch("make", name, file, text)
            try:
                yield
            finally:
                # If the engine is gone, its own error matters more than a leftover branch.
                with contextlib.suppress(SandboxError):
                    self._branch("drop", name)

    def _branch(self, *words: str) -> None:
        rootless.inside(self._state, ("sh", f"/lab/run/inside/{BRANCH}", *words))


def ask_images(context: str | None) -> frozenset[str]:
    """Images of a build whose context is the repository; none for other contexts.

    The engine fetches such a Dockerfile, so no file on this machine can be read.
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
            "A version of the lab without a git server started the running engine.",
            next_step="`sandbox down`, then `sandbox up`; images and cache stay",
        )
    rootless.inside(state, ("sh", f"/lab/run/inside/{SET_UP}", version))
