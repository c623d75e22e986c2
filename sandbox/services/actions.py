"""The CI cache as a job of GitHub Actions sees it: the job's environment, and the cache entries.

The service itself is ``sandbox.engine.inside.actions_server``. It speaks GitHub's protocol at
``http://actions.lab``, so that ``--cache-to type=gha`` is the same command as in a workflow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from typing import Self

from sandbox.engine import rootless
from sandbox.engine.inside import cache_store, grants
from sandbox.engine.inside.cache_store import CacheEntry
from sandbox.engine.inside.grants import Grant, Permission
from sandbox.engine.paths import Paths
from sandbox.engine.state import EngineState
from sandbox.errors import EngineError, UsageError
from sandbox.scoped_environment import ScopedEnvironment

URL = "http://actions.lab/"
MAIN = "refs/heads/main"
ASK = ("busybox", "wget", "-q", "-O", "/dev/null", URL)


class ActionsJob:
    """The environment of one job; a context manager, or ``start`` and ``stop``.

    Args:
        variables: Returns the variables that a runner sets.
        environ: The environment that gets them.
    """

    def __init__(
        self, variables: Callable[[], dict[str, str]], environ: MutableMapping[str, str]
    ) -> None:
        self._variables = variables
        self._environment = ScopedEnvironment(environ)

    def start(self) -> Self:
        """Set the variables; once more for a fresh token.

        Raises:
            NotRunning, EngineError: There is no sandbox, or its cache does not answer.
        """
        self._environment.set(self._variables())
        return self

    def stop(self) -> None:
        """Restore the former values, if the job was started."""
        self._environment.restore()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Actions:
    """The CI cache of a sandbox.

    Args:
        paths: The sandbox's folders.
        state: Returns the running engine, or raises NotRunning.
    """

    def __init__(self, paths: Paths, state: Callable[[], EngineState]) -> None:
        self._paths = paths
        self._state = state

    def job(
        self,
        ref: str = MAIN,
        *,
        default_branch: str = MAIN,
        environ: MutableMapping[str, str] | None = None,
    ) -> ActionsJob:
        """A job of a workflow that runs for ``ref``.

        As at GitHub, the job reads the entries of its own ref, then those of the default branch,
        and writes entries of its own ref only.

        Args:
            ref: As GitHub names it: ``refs/heads/NAME``, ``refs/pull/7/merge``, ``refs/tags/v1``.
            default_branch: The repository's.
            environ: The environment that gets the variables; this process's own by default.

        Raises:
            UsageError: A ref does not begin with ``refs/``.
        """
        for name in (ref, default_branch):
            if not name.startswith("refs/"):
                raise UsageError(f"{name!r} is no ref.", next_step=f"write it in full, as {MAIN!r}")
        scopes = [Grant(ref, Permission.READ | Permission.WRITE)]
        if default_branch != ref:
            scopes.append(Grant(default_branch, Permission.READ))

        def variables() -> dict[str, str]:
            self._require()
            token = grants.sign(grants.secret(self._paths.actions), scopes)
            return {
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_REF": ref,
                "ACTIONS_CACHE_SERVICE_V2": "true",
                "ACTIONS_RESULTS_URL": URL,
                "ACTIONS_RUNTIME_TOKEN": token,
            }

        return ActionsJob(variables, os.environ if environ is None else environ)

    def entries(self) -> tuple[CacheEntry, ...]:
        """The entries of the cache, the latest first."""
        found = cache_store.entries(self._paths.actions)
        return tuple(sorted(found, key=lambda entry: entry.created, reverse=True))

    def reset(self) -> None:
        """Remove all entries, so that the cache is that of a new repository."""
        for entry in self.entries():
            cache_store.remove(self._paths.actions, entry.id)

    def _require(self) -> None:
        asked = rootless.inside(self._state(), ASK, check=False)
        if not asked.ok:
            raise EngineError(
                "The sandbox's CI cache does not answer.",
                next_step="`sandbox down`, then `sandbox up`; `sandbox logs services` shows "
                "its messages",
                stderr_tail=asked.stderr,
                log_path=self._paths.logs / "services.log",
            )
