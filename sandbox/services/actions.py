"""The CI cache: the environment that GitHub Actions gives a job, and the entries of the cache.

The service itself is ``sandbox.engine.inside.actions_server``. It implements GitHub's protocol at
``http://actions.lab``, so that ``--cache-to type=gha`` works as in a workflow.
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
    """The environment of a job. Use it as a context manager, or call ``start`` and ``stop``.

    Args:
        variables: Returns the variables that a runner sets.
        environ: The environment to set them in.
    """

    def __init__(
        self, variables: Callable[[], dict[str, str]], environ: MutableMapping[str, str]
    ) -> None:
        self._variables = variables
        self._environment = ScopedEnvironment(environ)

    def start(self) -> Self:
        """Set the variables. A second call sets a fresh token.

        Raises:
            NotRunning: The sandbox does not run.
            EngineError: The CI cache does not answer.
        """
        self._environment.set(self._variables())
        return self

    def stop(self) -> None:
        """Restore the variables as they were before ``start``, if the job was started."""
        self._environment.restore()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Actions:
    """The CI cache of a sandbox.

    Args:
        paths: The sandbox's folders.
        state: Returns the running engine's state, or raises NotRunning.
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

        As at GitHub, the job writes entries only for its own ref. It reads entries of its own ref
        first, then those of the default branch.

        Args:
            ref: A ref in full: ``refs/heads/NAME``, ``refs/pull/7/merge``, ``refs/tags/v1``.
            default_branch: The repository's default branch, as a ref in full.
            environ: The environment to set the variables in; None: that of this process.

        Raises:
            UsageError: A ref does not begin with ``refs/``.
        """
        for name in (ref, default_branch):
            if not name.startswith("refs/"):
                raise UsageError(
                    f"{name!r} is not a full ref.", next_step=f"write it in full, as in {MAIN!r}"
                )
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
        """All entries of the cache, the latest first."""
        found = cache_store.entries(self._paths.actions)
        return tuple(sorted(found, key=lambda entry: entry.created, reverse=True))

    def reset(self) -> None:
        """Remove all entries, as in a repository that has never run a workflow."""
        for entry in self.entries():
            cache_store.remove(self._paths.actions, entry.id)

    def _require(self) -> None:
        asked = rootless.inside(self._state(), ASK, check=False)
        if not asked.ok:
            raise EngineError(
                "The sandbox's CI cache does not answer.",
                next_step="run `sandbox down`, then `sandbox up`; `sandbox logs services` shows "
                "its log",
                stderr_tail=asked.stderr,
                log_path=self._paths.logs / "services.log",
            )
